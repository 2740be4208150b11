import { acting } from '../acting.js';
import { Draft } from '../draft.js';
import { resumeClocks } from '../resume-clocks.js';
import type { ResumeReview } from '../review.commands.js';
import { InvalidState, PermissionMissing, StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, type StartedReview } from '../review.state.js';
import { settle } from '../settle.js';

/** It goes on with what it was held in; where that was the submitter's turn, the clocks keep standing. */
export function resumeReview({ data, facts, metadata }: ResumeReview, review: StartedReview): readonly ReviewEvent[] {
  if (!facts.may.reassign) throw new PermissionMissing('Resuming a review takes a permission.', 'review:reassign');
  const who = acting({ facts, metadata });
  if (isEnded(review)) throw new StepResolved(review.status, null);
  if (review.status !== 'on_hold') throw new InvalidState('The review is not on hold.', { status: review.status });

  const draft = new Draft(review, metadata);
  draft.record('ReviewResumed', {
    resumedBy: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    ...(data.reason !== undefined && { reason: data.reason }),
    status: review.before,
    at: metadata.now,
  });
  if (review.before === 'in_review') resumeClocks(draft);
  settle(draft, facts.directory);
  return draft.finished();
}
