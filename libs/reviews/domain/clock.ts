import type { Sla } from '#libs/kernel/domain/workflow-definition';
import type { Clock } from './review.events.js';
import type { ClockState, Holder } from './review.state.js';

/* The SLA ledger: a budget that is used up while the clock runs. Instants are RFC 3339 UTC, spans milliseconds. */

export const HOUR = 3_600_000;

/** The instant `ms` later (or earlier, when negative). */
export const plus = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

/** How long from one instant to another; never negative, because clocks of machines may step back. */
export const between = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));

/** The budget in milliseconds of running time; null when the step has none. */
export function budgetMs(budget: Sla | null): number | null {
  if (budget === null) return null;
  if (budget.unit !== 'WALL_HOUR') throw new Error(`A clock in ${budget.unit} needs a calendar.`);
  return budget.value * HOUR;
}

/** What has been used up at an instant, running time included. */
export const consumedAt = (
  { consumedMs, runningSince }: Pick<ClockState, 'consumedMs' | 'runningSince'>,
  now: string,
) => consumedMs + (runningSince === null ? 0 : between(runningSince, now));

/** A clock that runs from `now` on, with what was used up before: overdue stays overdue. */
export function runningClock(budget: Sla | null, consumedMs: number, now: string, generation: number): Clock {
  const whole = budgetMs(budget);
  return {
    budget,
    consumedMs,
    runningSince: now,
    calendar: null,
    timezone: 'UTC',
    dueAt: whole === null ? null : plus(now, whole - consumedMs),
    generation,
  };
}

const NOTHING: Readonly<Record<Holder, number>> = { submitter: 0, assignee: 0, system: 0, blocked: 0 };

/** The ledger as an event started it; one that goes on keeps its attribution and its breach. */
export const openLedger = (clock: Clock, at: string, earlier?: ClockState): ClockState => ({
  budget: clock.budget,
  consumedMs: clock.consumedMs,
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
  consumedMs: 0,
  runningSince: null,
  dueAt: null,
  generation: 1,
  breachedAt: null,
  holder: 'system',
  holderSince: at,
  attributedMs: NOTHING,
});

/** Who used how much until `now`, the holder of the moment included. */
export const attributed = (ledger: ClockState, now: string): ClockState['attributedMs'] => ({
  ...ledger.attributedMs,
  [ledger.holder]: ledger.attributedMs[ledger.holder] + between(ledger.holderSince, now),
});

/** From here on the time belongs to somebody else. */
export const heldBy = (ledger: ClockState, holder: Holder, at: string): ClockState => ({
  ...ledger,
  holder,
  holderSince: at,
  attributedMs: attributed(ledger, at),
});

/** The clock stands: nothing is due until it runs again. */
export const stopped = (ledger: ClockState, at: string): ClockState => ({
  ...ledger,
  consumedMs: consumedAt(ledger, at),
  runningSince: null,
  dueAt: null,
});
