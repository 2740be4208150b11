import { consumedAt } from './clock.js';
import type { Draft } from './draft.js';
import type { EventData } from './event-data.js';
import { runningExecutions } from './review.state.js';
import { executionOf } from './settle.js';

/** Stops every clock that runs; to whom the time until now belongs is recorded with it. */
export function pauseClocks(draft: Draft, cause: EventData<'SlaPaused'>['cause']): void {
  for (const execution of runningExecutions(draft.review)) {
    const { clock } = execution;
    if (clock.runningSince === null) continue;
    draft.record('SlaPaused', {
      ...executionOf(execution),
      cause,
      consumedMs: consumedAt(clock, draft.now),
      holder: clock.holder,
      at: draft.now,
    });
  }
}
