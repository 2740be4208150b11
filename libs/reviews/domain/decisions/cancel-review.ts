import type { CancelReview } from '../review.commands.js';
import { PermissionMissing, ReasonRequired, StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, type StartedReview } from '../review.state.js';

/** Ends a review that should not have been: no outcome, and no way back. */
export function cancelReview({ data, facts, metadata }: CancelReview, review: StartedReview): readonly ReviewEvent[] {
  if (!facts.may.override) throw new PermissionMissing('Cancelling a review takes a permission.', 'review:override');
  if (data.reason.trim() === '') throw new ReasonRequired();
  if (review.status === 'cancelled') return [];
  if (isEnded(review)) throw new StepResolved(review.status, null);
  const { actor, now: at } = metadata;
  return [{ type: 'ReviewCancelled', data: { cancelledBy: actor.id, reason: data.reason, at } }];
}
