import { askRules } from '../auto-rules.js';
import { actingForSubmitter, isSubmitter, notTheSubmitter } from '../acting.js';
import { Draft } from '../draft.js';
import { openItems } from '../evaluate.js';
import { guardMoving } from '../lift-items.js';
import { matterOfChange } from '../matter.js';
import type { Resubmit } from '../review.commands.js';
import { InvalidState, StepResolved, ValidationFailed } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { currentRevision, isEnded, runningExecutions, type StartedReview } from '../review.state.js';
import { changedPaths } from '../scope-hash.js';
import { goOn, settle } from '../settle.js';
import { counted } from '../standing.js';
import { guardEffect } from './reopen-review.js';
import { roundsLeft } from './request-changes.js';

/**
 * The next revision and the next round. Review goes on at the first step whose decisions no longer count; a revert to
 * bytes that were approved brings the approvals back, and with them perhaps the outcome.
 */
export function resubmit({ data, facts, metadata }: Resubmit, review: StartedReview): readonly ReviewEvent[] {
  const who = actingForSubmitter({ facts, metadata }, review, matterOfChange(review, data.content));
  if (isEnded(review) && review.status !== 'approved') throw new StepResolved(review.status, null);
  guardMoving(review);
  if (review.status === 'approved') guardEffect(facts.effect);
  // What was asked for may be answered in any case.
  if (review.status !== 'changes_requested' && !runningExecutions(review).every((it) => roundsLeft(review, it)))
    throw new InvalidState('This step has had all its rounds.');
  if (!isSubmitter(review, who) && !facts.editsDraft)
    throw notTheSubmitter({ facts, metadata }, review, 'Only the submitter brings a new revision.');
  const answers = data.answers ?? [];
  guardAnswers(review, answers);
  const before = currentRevision(review);
  const saysNothing =
    facts.hashes.contentHash === before.contentHash && answers.length === 0 && data.note === undefined;
  if (saysNothing && !waits(review)) return [];

  const draft = new Draft(review, metadata);
  const countedBefore = allCounted(review);
  draft.record('SubjectRevised', {
    revision: {
      revision: before.revision + 1,
      content: data.content,
      ...facts.hashes,
      documents: before.documents,
      editorId: metadata.actor.id,
    },
    round: review.round + 1,
    revisedBy: metadata.actor.id,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    ...(data.note !== undefined && { note: data.note }),
    answers: answers.map(({ itemId, text }) => ({ itemId, text })),
    changedPaths: changedPaths(before, facts.hashes),
    at: metadata.now,
  });
  tellInvalidated(draft, countedBefore, changedPaths(before, facts.hashes));
  if (facts.rules && askRules(draft, facts.rules) === 'rejected') return draft.finished();
  goOn(draft, facts.directory);
  if (waits(review)) tellResumed(draft);
  settle(draft, facts.directory);
  return draft.finished();
}

/** The submitter has the ball. */
const waits = ({ status }: StartedReview): boolean => status === 'changes_requested' || status === 'info_requested';

function guardAnswers(review: StartedReview, answers: NonNullable<Resubmit['data']['answers']>): void {
  const known = new Set(openItems(review).map(({ item }) => item.itemId));
  const unknown = answers.flatMap(({ itemId }, index) =>
    known.has(itemId)
      ? []
      : [{ pointer: `/answers/${index}/itemId`, code: 'unknown', detail: 'names no open change item' }],
  );
  if (unknown.length > 0) throw new ValidationFailed('An answer belongs to an open change item.', unknown);
}

const allCounted = (review: StartedReview): readonly string[] =>
  review.steps.flatMap((_, index) => counted(review, index).map(({ decisionId }) => decisionId));

function tellInvalidated(draft: Draft, before: readonly string[], paths: readonly string[]): void {
  const after = new Set(allCounted(draft.review));
  const decisionIds = before.filter((decisionId) => !after.has(decisionId));
  if (decisionIds.length === 0) return;
  draft.record('DecisionsInvalidated', { decisionIds, paths: [...paths], at: draft.now });
}

/** The ledger that was stopped for the changes runs again, in the new round. */
function tellResumed(draft: Draft): void {
  const started = draft.events.flatMap(({ type, data }) => (type === 'StepStarted' ? [data] : []));
  for (const { executionId, step, round, continues, clock, rungs } of started) {
    if (continues === undefined) continue;
    draft.record('SlaResumed', { executionId, step, round, clock, rungs, at: draft.now });
  }
}
