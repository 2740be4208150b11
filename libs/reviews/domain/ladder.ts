import type { CalendarRules, PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Rung, Step } from '#libs/kernel/domain/workflow-definition';
import { HOUR, budgetMs, plus, timeOf } from './clock.js';
import { DAY } from '#libs/kernel/domain/business-time';
import type { Clock } from './review.events.js';
import type { Execution } from './review.state.js';

/** What a rung's place depends on besides the clock: the calendar, and how long the clock ran by the wall before. */
type Circumstances = Readonly<{ calendar: PinnedCalendar | null; wallMs: number }>;

/** When a rung is due on a clock that runs; null when the clock cannot tell (no budget), or when it never comes. */
export function rungDue(at: string, clock: Clock, { calendar, wallMs }: Circumstances): string | null {
  const { budget, runningSince, consumedMs, dueAt } = clock;
  const afterStart = /^start\+(\d+)h$/.exec(at);
  if (afterStart) return plus(runningSince, Number(afterStart[1]) * HOUR - wallMs);
  const whole = budgetMs(budget);
  if (budget === null || whole === null) return null;
  const rules = calendar?.rules ?? null;
  const share = /^(\d+)(?:\.(\d{1,2}))?%$/.exec(at);
  if (share) {
    const used = shareOf(whole, share[1] ?? '0', share[2] ?? '');
    return timeOf(budget.unit, rules).after(runningSince, used - consumedMs);
  }
  if (dueAt === null) return null;
  if (at === '0') return dueAt;
  const around = /^([+-])(\d+)(h|bh|bd)$/.exec(at);
  if (!around) return null;
  const [, sign, count, unit = 'h'] = around;
  const due = shifted(dueAt, (sign === '-' ? -1 : 1) * Number(count), unit, rules);
  if (due === null || sign !== '-') return due;
  // Never before the clock began.
  const begin = timeOf(budget.unit, rules).after(runningSince, -consumedMs);
  return begin !== null && Date.parse(begin) > Date.parse(due) ? begin : due;
}

function shifted(instant: string, count: number, unit: string, rules: CalendarRules | null): string | null {
  switch (unit) {
    case 'bh':
      return timeOf('BUSINESS_HOUR', rules).after(instant, count * HOUR);
    case 'bd':
      return timeOf('BUSINESS_DAY', rules).after(instant, count * DAY);
    default:
      return plus(instant, count * HOUR);
  }
}

/** Exact: hundredths of a percent are counted as integers, and a budget is of whole hours. */
const shareOf = (whole: number, percent: string, hundredths: string): number =>
  (whole / 10_000) * Number(percent + hundredths.padEnd(2, '0'));

/** When each rung that has not fired yet is due on a clock that runs. */
export const rungsDue = (
  ladder: readonly Rung[],
  clock: Clock,
  fired: readonly string[],
  circumstances: Circumstances,
): Execution['rungs'] =>
  ladder.flatMap(({ id, at }) => {
    const dueAt = fired.includes(id) ? null : rungDue(at, clock, circumstances);
    return dueAt === null ? [] : [{ rungId: id, dueAt }];
  });

/** Rungs that were fired or skipped, by timer or by hand. */
export const usedRungs = ({ ladder }: Execution): readonly string[] => ladder.map(({ rungId }) => rungId);

/** The lowest rung of the ladder that has not been used. */
export const nextRung = (step: Step, execution: Execution): Rung | undefined =>
  step.ladder.find(({ id }) => !usedRungs(execution).includes(id));

/** Rungs after which nothing is left to decide. */
export const isTerminal = ({ action }: Rung): boolean =>
  action === 'auto_reject' || action === 'auto_approve' || action === 'expire';
