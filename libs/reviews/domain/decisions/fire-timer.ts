import { Draft } from '../draft.js';
import { fireRung } from '../fire-rung.js';
import { usedRungs } from '../ladder.js';
import type { FireTimer } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import { runningExecution, stepOf, type Execution, type StartedReview } from '../review.state.js';
import { executionOf, settle } from '../settle.js';

/**
 * A deadline came. It lost the race, and nothing happens, when the step closed, the clock was stopped or restarted
 * (other generation), or somebody fired the rung by hand.
 */
export function fireTimer({ data, facts, metadata }: FireTimer, review: StartedReview): readonly ReviewEvent[] {
  const execution = runningExecution(review);
  if (review.status !== 'in_review' || execution?.executionId !== data.executionId) return [];
  if (execution.clock.generation !== data.generation || execution.clock.runningSince === null) return [];
  if (data.kind === 'breach') return breach(execution, metadata.now);

  const rung = stepOf(review, execution).ladder.find(({ id }) => id === data.rungId);
  if (!rung || usedRungs(execution).includes(rung.id)) return [];
  const draft = new Draft(review, metadata);
  fireRung(draft, rung, { by: 'timer', actorId: metadata.actor.id }, facts.directory);
  settle(draft, facts.directory);
  return draft.events;
}

function breach(execution: Execution, at: string): readonly ReviewEvent[] {
  const { dueAt, breachedAt, generation } = execution.clock;
  if (dueAt === null || breachedAt !== null) return [];
  return [{ type: 'SlaBreached', data: { ...executionOf(execution), dueAt, generation, at } }];
}
