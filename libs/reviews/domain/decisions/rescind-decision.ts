import { acting } from '../acting.js';
import { Draft } from '../draft.js';
import type { EventData } from '../event-data.js';
import { guardReason } from '../entitled.js';
import { ownDecision } from '../own-decision.js';
import type { RescindDecision } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import { evolve } from '../review.evolve.js';
import { latestExecution, type CaseFile, type Decision, type StartedReview } from '../review.state.js';
import { releasedBy } from '../release.js';
import { executionOf, settle } from '../settle.js';
import { counted } from '../standing.js';

/** Whoever decided takes it back while the step is open; the assignment waits for somebody again. */
export function rescindDecision(
  { data, facts, metadata }: RescindDecision,
  review: StartedReview,
): readonly ReviewEvent[] {
  guardReason(data);
  const { decision, execution } = ownDecision(review, data.decisionId, acting({ facts, metadata }));
  if (decision.rescinded) return [];
  const rescinded: EventData<'DecisionRescinded'> = {
    ...executionOf(execution),
    decisionId: decision.decisionId,
    assignmentId: decision.assignmentId,
    reopens: null,
    revived: [],
    actorId: metadata.actor.id,
    reason: data.reason,
    at: metadata.now,
  };

  const draft = new Draft(review, metadata);
  const { reopens, revived } = consequences(review, rescinded, execution.index);
  for (const ended of releasedBy(review, revived, { by: metadata.actor.id, at: metadata.now }))
    draft.record('AssignmentReleased', ended);
  draft.record('DecisionRescinded', { ...rescinded, reopens, revived });
  settle(draft, facts.directory);
  return draft.finished();
}

/** What counts otherwise without the decision; told for whoever knows the review only by its events. */
function consequences(review: StartedReview, data: EventData<'DecisionRescinded'>, index: number) {
  const { decisionId, assignmentId } = data;
  const after = evolve(review, { type: 'DecisionRescinded', data });
  if (after.status === 'not_started') throw new Error('Nothing has been started.');
  const before = new Map(allCounted(review).map((it) => [it.decisionId, it.assignmentId]));
  const filled = new Set(allCounted(after).map((it) => it.assignmentId));
  const seat = latestExecution(after, index)?.assignments.find((it) => it.live && it.assignmentId === assignmentId);
  const reopens =
    seat && before.has(decisionId) && !filled.has(assignmentId) ? { kind: seat.kind, ref: seat.ref } : null;
  const revived = allCounted(after)
    .filter((it) => before.get(it.decisionId) !== it.assignmentId)
    .map((it) => ({ assignmentId: it.assignmentId, decisionId: it.decisionId }));
  return { reopens, revived };
}

const allCounted = (review: CaseFile): readonly Decision[] =>
  review.steps.flatMap((_, index) => counted(review, index));
