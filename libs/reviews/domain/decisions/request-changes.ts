import { acting } from '../acting.js';
import { Draft } from '../draft.js';
import { evaluateStep } from '../evaluate.js';
import { pauseClocks } from '../pause-clocks.js';
import type { RequestChanges } from '../review.commands.js';
import { ValidationFailed } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { stepOf, type Execution, type StartedReview } from '../review.state.js';
import { takeSeat } from '../seats.js';
import { endByRejection, executionOf } from '../settle.js';

/**
 * Sends the subject back with items to answer: fills no assignment, stops the clock. When the step has had all its
 * rounds there is no other one to answer in: it is rejected, or waits for whom it is escalated to (`onMaxRounds`).
 */
export function requestChanges(
  { data, facts, metadata }: RequestChanges,
  review: StartedReview,
): readonly ReviewEvent[] {
  if (data.items.length === 0)
    throw new ValidationFailed('Say what has to change.', [
      { pointer: '/items', code: 'too-short', detail: 'needs at least one item' },
    ]);
  const attempt = { who: acting({ facts, metadata }), reviewedRevision: data.reviewedRevision, verdict: null };
  const seat = takeSeat(review, attempt, facts.directory, facts.delegations);
  if (!seat) return [];
  const { execution, who } = seat;

  const draft = new Draft(review, metadata);
  draft.record('ChangesRequested', {
    ...executionOf(execution),
    changeRequestId: draft.newId('change-request'),
    requestedBy: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    revision: data.reviewedRevision,
    items: data.items.map(({ text, path, documentId, blocking }) => ({
      itemId: draft.newId('change-item'),
      text,
      path: path ?? null,
      documentId: documentId ?? null,
      blocking: blocking ?? true,
    })),
    ...(data.comment !== undefined && { comment: data.comment }),
    at: metadata.now,
  });
  if (roundsLeft(review, execution)) pauseClocks(draft, 'changes_requested');
  else endRounds(draft, execution);
  return draft.finished();
}

/** Whether the step may be executed once more; a reopening counts anew. */
export function roundsLeft(review: StartedReview, { index }: Pick<Execution, 'index'>): boolean {
  const { maxRounds } = stepOf(review, { index });
  const rounds = review.executions
    .slice(review.reopenings.since)
    .filter((it) => it.index === index && it.status !== 'skipped');
  return maxRounds === undefined || rounds.length < maxRounds;
}

function endRounds(draft: Draft, execution: Execution): void {
  const { proof } = evaluateStep(draft.review, execution.index);
  if (stepOf(draft.review, execution).onMaxRounds !== 'escalate')
    return endByRejection(draft, execution, 'rounds', { ...proof, state: 'failed' }, null);
  draft.record('StepBlocked', {
    ...executionOf(execution),
    code: 'ROUNDS_EXHAUSTED',
    need: 1,
    have: 0,
    who: [],
    fallback: ['role:admin'],
    at: draft.now,
  });
}
