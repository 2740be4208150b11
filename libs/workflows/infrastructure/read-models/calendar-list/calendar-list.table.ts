import type { TableSpec } from '#libs/processing/application/projection';

/** One calendar as lists show it: its newest version. */
export interface CalendarListRow {
  readonly calendar_id: string;
  readonly workspace_id: string;
  readonly key: string;
  readonly name: string;
  readonly version: number;
  readonly timezone: string;
  readonly published_at: string;
}

export const calendarListTable: TableSpec<CalendarListRow> = {
  name: 'calendar_list',
  columns: {
    calendar_id: 'text',
    workspace_id: 'text',
    key: 'text',
    name: 'text',
    version: 'integer',
    timezone: 'text',
    published_at: 'timestamptz',
  },
  primaryKey: ['calendar_id'],
  indexes: ['(workspace_id, key)'],
};
