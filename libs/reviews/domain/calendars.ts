import { DEFAULT_CALENDAR, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Sla, Step } from '#libs/kernel/domain/workflow-definition';

type Timed = Pick<Step, 'sla' | 'ladder' | 'claimLease' | 'calendar'>;

const isBusiness = (span: Sla | null | undefined): boolean => span?.unit.startsWith('BUSINESS') ?? false;

const usesBusinessTime = ({ sla, ladder, claimLease }: Timed): boolean =>
  isBusiness(sla) || isBusiness(claimLease) || ladder.some(({ at }) => /b[hd]$/.test(at));

/** Key of the calendar a step counts on: the one it names, else its workflow's; `default` where it needs one all the same. */
export const calendarKeyOf = (step: Timed, ofWorkflow: string | null | undefined): string | null =>
  step.calendar ?? ofWorkflow ?? (usesBusinessTime(step) ? DEFAULT_CALENDAR : null);

/** Keys of the calendars that a review of these steps pins, each once. */
export const calendarKeys = (steps: readonly Timed[], ofWorkflow: string | null | undefined): readonly string[] => [
  ...new Set(steps.flatMap((step) => calendarKeyOf(step, ofWorkflow) ?? [])),
];

/** The calendar of a step, as the review has pinned it; null when it counts by the clock on the wall. */
export function calendarOf(
  { calendars, calendar }: { calendars: readonly PinnedCalendar[]; calendar: string | null },
  step: Timed,
): PinnedCalendar | null {
  const key = calendarKeyOf(step, calendar);
  return calendars.find((it) => it.key === key) ?? null;
}
