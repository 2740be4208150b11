import { businessTime, DAY } from '#libs/kernel/domain/business-time';
import { refOf, type CalendarRules, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Sla } from '#libs/kernel/domain/workflow-definition';
import type { Clock } from './review.events.js';
import type { ClockState, Holder } from './review.state.js';

/*
 * The SLA ledger: a budget that is used up while the clock runs. Instants are RFC 3339 UTC, spans milliseconds: of wall
 * time, of open hours, or of working days (`kernel/domain/business-time.ts`), as the budget says.
 */

export const HOUR = 3_600_000;

/** The instant `ms` later (or earlier, when negative). */
export const plus = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

/** How long from one instant to another; never negative, because clocks of machines may step back. */
export const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));

/** One way of counting time. */
export interface Time {
  /** Never negative, because clocks of machines may step back. */
  between(from: string, to: string): number;
  /** Null when it never comes. */
  after(instant: string, ms: number): string | null;
}

const wallTime: Time = { between, after: plus };

/** How a unit counts; business time needs a calendar. */
export function timeOf(unit: Sla['unit'], rules: CalendarRules | null): Time {
  if (unit === 'WALL_HOUR') return wallTime;
  if (rules === null) throw new Error(`A clock in ${unit} needs a calendar.`);
  const open = businessTime(rules);
  const measure = unit === 'BUSINESS_DAY' ? 'days' : 'hours';
  return {
    between: (from, to) => Math.max(0, open.between(Date.parse(from), Date.parse(to), measure)),
    after: (instant, ms) => {
      const due = open.after(Date.parse(instant), ms, measure);
      return due === null ? null : new Date(due).toISOString();
    },
  };
}

/** The budget in milliseconds of running time; null when the step has none. */
export function budgetMs(budget: Sla | null): number | null {
  if (budget === null) return null;
  return budget.value * (budget.unit === 'BUSINESS_DAY' ? DAY : HOUR);
}

/** When a span that begins now is over; null when it never is. */
export const spanEnd = (span: Sla, calendar: PinnedCalendar | null, now: string): string | null =>
  timeOf(span.unit, calendar?.rules ?? null).after(now, budgetMs(span) ?? 0);

/** The time of a ledger: that of its budget; without one it is only attributed, by the clock on the wall. */
const timeOfLedger = ({ budget, rules }: Pick<ClockState, 'budget' | 'rules'>): Time =>
  timeOf(budget?.unit ?? 'WALL_HOUR', rules);

/** What has been used up at an instant, running time included. */
export const consumedAt = (
  ledger: Pick<ClockState, 'budget' | 'rules' | 'consumedMs' | 'runningSince'>,
  now: string,
): number =>
  ledger.consumedMs + (ledger.runningSince === null ? 0 : timeOfLedger(ledger).between(ledger.runningSince, now));

/** Whether nothing of the budget is left, noticed or not. */
export function isUsedUp(ledger: ClockState, now: string): boolean {
  const whole = budgetMs(ledger.budget);
  return ledger.breachedAt !== null || (whole !== null && consumedAt(ledger, now) >= whole);
}

/** A clock that runs from `now` on, with what was used up before: overdue stays overdue. */
export function runningClock(
  budget: Sla | null,
  consumedMs: number,
  now: string,
  generation: number,
  calendar: PinnedCalendar | null = null,
): Clock {
  const whole = budgetMs(budget);
  const rules = calendar?.rules ?? null;
  return {
    budget,
    consumedMs,
    runningSince: now,
    calendar: calendar && refOf(calendar),
    timezone: rules?.timezone ?? 'UTC',
    dueAt: budget === null || whole === null ? null : timeOf(budget.unit, rules).after(now, whole - consumedMs),
    generation,
  };
}

const NOTHING: Readonly<Record<Holder, number>> = { submitter: 0, assignee: 0, system: 0, blocked: 0 };

/** The ledger as an event started it; one that goes on keeps its attribution and its breach. */
export const openLedger = (
  clock: Clock,
  at: string,
  rules: CalendarRules | null,
  earlier?: ClockState,
): ClockState => ({
  budget: clock.budget,
  calendar: clock.calendar,
  rules,
  consumedMs: clock.consumedMs,
  wallMs: earlier ? wallAt(earlier, at) : 0,
  runningSince: clock.runningSince,
  dueAt: clock.dueAt,
  generation: clock.generation,
  breachedAt: earlier?.breachedAt ?? null,
  holder: 'assignee',
  holderSince: at,
  attributedMs: earlier ? attributed(earlier, at) : NOTHING,
});

/** Of a step that was skipped: nothing runs, nothing is due. */
export const noClock = (at: string): ClockState => ({
  budget: null,
  calendar: null,
  rules: null,
  consumedMs: 0,
  wallMs: 0,
  runningSince: null,
  dueAt: null,
  generation: 1,
  breachedAt: null,
  holder: 'system',
  holderSince: at,
  attributedMs: NOTHING,
});

/** How long the clock has run by the clock on the wall, whatever it counts. */
export const wallAt = ({ wallMs, runningSince }: Pick<ClockState, 'wallMs' | 'runningSince'>, now: string): number =>
  wallMs + (runningSince === null ? 0 : between(runningSince, now));

/** Who used how much until `now`, the holder of the moment included; counted as the budget is. */
export const attributed = (ledger: ClockState, now: string): ClockState['attributedMs'] => ({
  ...ledger.attributedMs,
  [ledger.holder]: ledger.attributedMs[ledger.holder] + timeOfLedger(ledger).between(ledger.holderSince, now),
});

/** From here on the time belongs to somebody else. */
export const heldBy = (ledger: ClockState, holder: Holder, at: string): ClockState => ({
  ...ledger,
  holder,
  holderSince: at,
  attributedMs: attributed(ledger, at),
});

/** The clock stands: nothing is due until it runs again. `consumedMs`: as it was recorded, where it was. */
export const stopped = (ledger: ClockState, at: string, consumedMs = consumedAt(ledger, at)): ClockState => ({
  ...ledger,
  consumedMs,
  wallMs: wallAt(ledger, at),
  runningSince: null,
  dueAt: null,
});
