import { acting } from '../acting.js';
import type { Directory } from '../directory.js';
import { Draft } from '../draft.js';
import { climb } from '../fire-rung.js';
import { usedRungs } from '../ladder.js';
import type { FireTimer } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import { runningExecutions, stepOf, type Execution, type StartedReview } from '../review.state.js';
import { executionOf, settle } from '../settle.js';

/**
 * A deadline came. It lost the race, and nothing happens, when the step closed, the clock was stopped or restarted
 * (other generation), or somebody fired the rung by hand.
 */
export function fireTimer({ data, facts, metadata }: FireTimer, review: StartedReview): readonly ReviewEvent[] {
  const execution = runningExecutions(review).find(({ executionId }) => executionId === data.executionId);
  if (review.status !== 'in_review' || !execution) return [];
  if (execution.clock.generation !== data.generation || execution.clock.runningSince === null) return [];
  const draft = new Draft(review, metadata);
  if (data.kind === 'breach') return breach(draft, execution, facts.directory);

  const rung = stepOf(review, execution).ladder.find(({ id }) => id === data.rungId);
  if (!rung || usedRungs(execution).includes(rung.id)) return [];
  climb(draft, execution.executionId, rung, { by: 'timer', who: acting({ facts, metadata }) }, facts.directory);
  settle(draft, facts.directory);
  return draft.finished();
}

/** The due time has come: where votes are cast, they are counted now. */
function breach(draft: Draft, execution: Execution, directory: Directory): readonly ReviewEvent[] {
  const { dueAt, breachedAt, generation } = execution.clock;
  if (dueAt === null || breachedAt !== null) return [];
  draft.record('SlaBreached', { ...executionOf(execution), dueAt, generation, at: draft.now });
  settle(draft, directory);
  return draft.finished();
}
