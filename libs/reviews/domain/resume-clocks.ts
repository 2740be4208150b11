import { clockOf } from './clock-of.js';
import type { Draft } from './draft.js';
import { runningExecutions } from './review.state.js';
import { executionOf } from './settle.js';

/** Every clock that stands goes on with what it had used up; timers of before the pause are of another generation. */
export function resumeClocks(draft: Draft): void {
  for (const execution of runningExecutions(draft.review)) {
    if (execution.clock.runningSince !== null) continue;
    const running = clockOf(draft.review, execution.index, draft.now, execution);
    draft.record('SlaResumed', { ...executionOf(execution), ...running, at: draft.now });
  }
}
