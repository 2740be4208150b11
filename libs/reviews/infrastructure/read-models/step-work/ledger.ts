import { refOf, type CalendarRules, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import { budgetMs, consumedAt, openLedger, timeOf } from '../../../domain/clock.js';
import type { Clock } from '../../../domain/review.events.js';
import type { ClockState } from '../../../domain/review.state.js';
import type { Ledger, PromiseState, StepWorkRow } from './step-work.table.js';

/** The share of a budget after which a promise is at risk, in percent. */
const AT_RISK = 75n;

type Calendars = readonly PinnedCalendar[];

/** A clock as a row keeps it has its rules aside. */
export const rulesOf = (calendars: Calendars, { calendar }: Pick<ClockState, 'calendar'>): CalendarRules | null =>
  calendars.find((it) => refOf(it) === calendar)?.rules ?? null;

/** The clock as the domain counts with it. */
export const live = (clock: Ledger['clock'], calendars: Calendars): ClockState => ({
  ...clock,
  rules: rulesOf(calendars, clock),
});

/** The clock as a row keeps it. */
export function kept(ledger: ClockState): Ledger['clock'] {
  const { rules: _, ...clock } = ledger;
  return clock;
}

/** Open hours where a calendar applies, else time by the clock on the wall. */
const openTime = (rules: CalendarRules | null) => timeOf(rules === null ? 'WALL_HOUR' : 'BUSINESS_HOUR', rules);

/** For how long the step was open until `now`; the submitter's turns and holds left out. */
export function openAt({ clock, openMs, openSince }: Ledger, calendars: Calendars, now: string): number {
  return openMs + (openSince === null ? 0 : openTime(rulesOf(calendars, clock)).between(openSince, now));
}

/** A step begins, or goes on where an earlier execution was superseded. */
export function opened(clock: Clock, at: string, calendars: Calendars, earlier?: Ledger): Ledger {
  const before = earlier && live(earlier.clock, calendars);
  return {
    clock: kept(openLedger(clock, at, rulesOf(calendars, clock), before)),
    openMs: earlier ? openAt(earlier, calendars, at) : 0,
    openSince: at,
    movedTo: null,
    blocked: false,
    seats: [],
  };
}

type Shown = Pick<StepWorkRow, 'turn' | 'sla' | 'due_at' | 'risk_at' | 'waits_for' | 'unit' | 'ledger'>;

/** What the row of a step that runs shows of its ledger. */
export function shown(ledger: Ledger, calendars: Calendars): Shown {
  const { clock, seats } = ledger;
  const isAsked = clock.holder === 'assignee';
  const open = seats.flatMap(({ asks, claimedBy, filled }) => (filled ? [] : (claimedBy ?? asks)));
  return {
    turn: clock.holder,
    sla: promise(clock),
    due_at: clock.runningSince === null ? null : clock.dueAt,
    risk_at: riskAt(live(clock, calendars)),
    waits_for: isAsked ? open.toSorted() : clock.holder === 'submitter' ? ['submitter'] : [],
    unit: clock.budget?.unit ?? null,
    ledger,
  };
}

function promise({ breachedAt, budget, runningSince }: Ledger['clock']): PromiseState {
  if (breachedAt !== null) return 'breached';
  if (budget === null) return 'none';
  return runningSince === null ? 'paused' : 'running';
}

/** When three quarters of the budget are used up; null while the clock stands or has none. */
function riskAt(clock: ClockState): string | null {
  const { budget, runningSince, dueAt } = clock;
  const whole = budgetMs(budget);
  if (budget === null || whole === null || runningSince === null || dueAt === null) return null;
  const left = Number((BigInt(whole) * AT_RISK) / 100n) - consumedAt(clock, runningSince);
  return left <= 0 ? runningSince : timeOf(budget.unit, clock.rules).after(runningSince, left);
}
