import type { PinnedCalendar } from '#libs/kernel/domain/calendar';

/** Which calendar applies now; asked by other rooms. */
export abstract class CalendarCatalogue {
  /**
   * The newest version under a key; a strong read of the log. Of `default` the one that exists when none is published.
   * Throws `CalendarNotFound` (404) when there is no other of this key in the workspace.
   */
  abstract current(workspaceId: string, key: string): Promise<PinnedCalendar>;

  /** Whether there is one. */
  abstract has(workspaceId: string, key: string): Promise<boolean>;
}
