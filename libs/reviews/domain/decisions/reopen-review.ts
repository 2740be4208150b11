import { acting } from '../acting.js';
import { Draft } from '../draft.js';
import { openItems } from '../evaluate.js';
import { guardFourEyes } from '../four-eyes.js';
import type { ReopenReview } from '../review.commands.js';
import { InvalidState, PermissionMissing, ReasonRequired, StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isOpen, latestExecution } from '../review.state.js';
import type { ApprovedReview, CaseFile, RejectedReview, StartedReview } from '../review.state.js';
import { goOn, settle } from '../settle.js';
import { stageOf } from '../stages.js';
import { counted } from '../standing.js';

/** How often a review may be reopened whose workflow does not say. */
const ONCE = 1;

/**
 * Takes an outcome back and opens the next round. `smart` asks the steps again that gave the outcome: of a rejected
 * review the rejections are annulled, of an approved one what its last stage decided, on whatever revision; everything
 * else that still counts is kept. `restart` begins with the first step and nobody's decision. Nobody with a part in the subject does it.
 */
export function reopenReview({ data, facts, metadata }: ReopenReview, review: StartedReview): readonly ReviewEvent[] {
  if (!facts.may.override) throw new PermissionMissing('Reopening a review takes a permission.', 'review:override');
  if (data.reason.trim() === '') throw new ReasonRequired();
  const who = acting({ facts, metadata });
  if (isOpen(review)) throw new InvalidState('The review is open.', { status: review.status });
  if (review.status !== 'approved' && review.status !== 'rejected') throw new StepResolved(review.status, null);
  guardEffect(facts.effect);
  guardTimes(review);
  guardFourEyes(review, 0, who, facts.directory);

  const mode = data.mode ?? review.reopen?.mode ?? 'smart';
  const steps = mode === 'restart' ? review.steps.map((_, index) => index) : stepsOfOutcome(review);
  const keys = steps.map((index) => review.steps[index]?.key ?? '');
  // Also what was given on an older revision: a revert brings back what was said since, not what led to this outcome.
  const annulled = review.decisions.filter(
    ({ step, verdict, annulled: isGone, rescinded }) =>
      keys.includes(step) &&
      !isGone &&
      !rescinded &&
      (mode === 'restart' || review.status === 'approved' || verdict === 'reject'),
  );
  const counting = new Set(steps.flatMap((index) => counted(review, index).map(({ decisionId }) => decisionId)));
  const draft = new Draft(review, metadata);
  const decisionIds = annulled.map(({ decisionId }) => decisionId).filter((it) => counting.has(it));
  draft.record('ReviewReopened', {
    mode,
    from: review.status,
    reopenedBy: who.actorId,
    reason: data.reason,
    round: review.round + 1,
    reopening: review.reopenings.count + 1,
    steps: keys,
    annulled: annulled.map(({ decisionId }) => decisionId),
    at: metadata.now,
  });
  if (decisionIds.length > 0) draft.record('DecisionsInvalidated', { decisionIds, paths: [], at: metadata.now });
  if (mode === 'restart') dropItems(draft, who.actorId, data.reason);
  goOn(draft, facts.directory);
  settle(draft, facts.directory);
  if (!isOpen(draft.review)) throw new InvalidState('Nothing would be asked again: start it all over.', { mode });
  return draft.finished();
}

/** What was done and cannot be undone keeps the approval it was done on. */
export function guardEffect(effect: ReopenReview['facts']['effect']): void {
  if (effect)
    throw new InvalidState('Something irreversible was done on the strength of this approval.', {
      effect: effect.what,
    });
}

function guardTimes({ reopen, reopenings }: CaseFile): void {
  const maxReopens = reopen?.max ?? ONCE;
  if (reopenings.count >= maxReopens)
    throw new InvalidState('The review has been reopened as often as its workflow allows.', { maxReopens });
}

/** Of a rejected review the step that rejected it; of an approved one its last stage: the steps that ran side by side. */
function stepsOfOutcome(review: ApprovedReview | RejectedReview): readonly number[] {
  const ran = review.steps.flatMap((_, index) => {
    const execution = latestExecution(review, index);
    return execution ? [{ index, status: execution.status }] : [];
  });
  if (review.status === 'rejected') return ran.flatMap(({ index, status }) => (status === 'rejected' ? [index] : []));
  const satisfied = ran.flatMap(({ index, status }) => (status === 'satisfied' ? [index] : []));
  const last = satisfied.at(-1);
  if (last === undefined) return [];
  return stageOf(review.steps, last).filter((index) => satisfied.includes(index));
}

/** All over is without what was asked for the first time. */
function dropItems(draft: Draft, clearedBy: string, reason: string): void {
  const itemIds = openItems(draft.review).map(({ item }) => item.itemId);
  if (itemIds.length > 0)
    draft.record('ChangeItemsCleared', { itemIds, clearedBy, how: 'dismissed', reason, at: draft.now });
}
