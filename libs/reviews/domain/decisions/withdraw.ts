import { actingForSubmitter, isSubmitter, notTheSubmitter } from '../acting.js';
import type { Withdraw } from '../review.commands.js';
import { StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, type StartedReview } from '../review.state.js';

/** The submitter takes the review back, any time before its end. */
export function withdraw({ data, facts, metadata }: Withdraw, review: StartedReview): readonly ReviewEvent[] {
  const who = actingForSubmitter({ facts, metadata }, review);
  if (review.status === 'withdrawn' && isSubmitter(review, who)) return [];
  if (isEnded(review)) throw new StepResolved(review.status, null);
  if (!isSubmitter(review, who))
    throw notTheSubmitter({ facts, metadata }, review, 'Only the submitter withdraws a review.');

  const withdrawn = {
    withdrawnBy: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    ...(data.reason !== undefined && { reason: data.reason }),
    at: metadata.now,
  };
  return [{ type: 'ReviewWithdrawn', data: withdrawn }];
}
