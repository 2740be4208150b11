import { runningClock } from './clock.js';
import type { Draft } from './draft.js';
import { rungsDue, usedRungs } from './ladder.js';
import { runningExecutions, stepOf } from './review.state.js';
import { executionOf } from './settle.js';

/** Every clock that stands goes on with what it had used up; timers of before the pause are of another generation. */
export function resumeClocks(draft: Draft): void {
  for (const execution of runningExecutions(draft.review)) {
    if (execution.clock.runningSince !== null) continue;
    const { sla, ladder } = stepOf(draft.review, execution);
    const clock = runningClock(sla, execution.clock.consumedMs, draft.now, execution.clock.generation + 1);
    const rungs = rungsDue(ladder, clock, usedRungs(execution));
    draft.record('SlaResumed', { ...executionOf(execution), clock, rungs, at: draft.now });
  }
}
