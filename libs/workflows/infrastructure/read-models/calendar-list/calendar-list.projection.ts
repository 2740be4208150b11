import { fold, streamsOf, type ProjectionGroup } from '#libs/processing/application/projection';
import type { CalendarEvent } from '../../../domain/calendar/calendar.events.js';
import { calendarListTable, type CalendarListRow } from './calendar-list.table.js';

/** One row per calendar. Serves `GET /calendars`. */
export const calendarList = fold<CalendarEvent, CalendarListRow>({
  table: calendarListTable,
  partitionColumn: 'calendar_id',
  partition: streamsOf('calendar'),
  on: {
    CalendarPublished: (rows, { data, workspaceId }) =>
      rows.put({
        calendar_id: data.calendarId,
        workspace_id: workspaceId,
        key: data.key,
        name: data.name,
        version: data.version,
        timezone: data.rules.timezone,
        published_at: data.at,
      }),
  },
});

export const calendarsGroup: ProjectionGroup = {
  name: 'calendars',
  version: 1,
  types: ['CalendarPublished'],
  projections: [calendarList],
};
