import { calendarOf } from './calendars.js';
import { consumedAt, runningClock, wallAt } from './clock.js';
import { rungsDue, usedRungs } from './ladder.js';
import type { Clock } from './review.events.js';
import { stepOf, type CaseFile, type Execution } from './review.state.js';

/** The clock and the deadlines of a step that runs from `now` on. */
type Running = Readonly<{ clock: Clock; rungs: Execution['rungs'] }>;

/** The clock of a step's execution from its beginning, or as it goes on where `earlier` stopped or stands. */
export function clockOf(review: CaseFile, index: number, now: string, earlier?: Execution): Running {
  const step = stepOf(review, { index });
  const calendar = calendarOf(review, step);
  const consumedMs = earlier ? consumedAt(earlier.clock, now) : 0;
  const wallMs = earlier ? wallAt(earlier.clock, now) : 0;
  const clock = runningClock(step.sla, consumedMs, now, (earlier?.clock.generation ?? 0) + 1, calendar);
  return { clock, rungs: rungsDue(step.ladder, clock, earlier ? usedRungs(earlier) : [], { calendar, wallMs }) };
}
