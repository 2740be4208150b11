import type { PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import type { CalendarCatalogue } from '#libs/workflows/application/calendar-catalogue';
import { calendarKeys } from '../domain/calendars.js';

/** The newest versions of the calendars that the steps of a definition count on. */
export const currentCalendars = (
  catalogue: CalendarCatalogue,
  workspaceId: string,
  { steps, calendar }: Pick<Definition, 'steps' | 'calendar'>,
): Promise<readonly PinnedCalendar[]> =>
  Promise.all(calendarKeys(steps, calendar).map((key) => catalogue.current(workspaceId, key)));
