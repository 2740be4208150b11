import type { TableSpec } from '#libs/processing/application/projection';

/** A calendar that a review counts on. */
export interface ReviewCalendarRow {
  readonly review_id: string;
  readonly calendar_key: string;
  readonly workspace_id: string;
  /** The version it counts by. */
  readonly version: number;
  /** Whether the review is not over. */
  readonly open: boolean;
}

export const reviewCalendarTable: TableSpec<ReviewCalendarRow> = {
  name: 'review_calendar',
  columns: {
    review_id: 'text',
    calendar_key: 'text',
    workspace_id: 'text',
    version: 'integer',
    open: 'boolean',
  },
  primaryKey: ['review_id', 'calendar_key'],
  indexes: ['(workspace_id, calendar_key, review_id) WHERE open'],
};
