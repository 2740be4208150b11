import { acting } from '../acting.js';
import { Draft } from '../draft.js';
import { pauseClocks } from '../pause-clocks.js';
import type { HoldReview } from '../review.commands.js';
import { InvalidState, PermissionMissing, ReasonRequired, StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, type StartedReview } from '../review.state.js';

/** Nothing moves until it is resumed: nobody decides, every clock stands, nothing escalates. */
export function holdReview({ data, facts, metadata }: HoldReview, review: StartedReview): readonly ReviewEvent[] {
  if (!facts.may.reassign) throw new PermissionMissing('Holding a review takes a permission.', 'review:reassign');
  if (data.reason.trim() === '') throw new ReasonRequired();
  const who = acting({ facts, metadata });
  if (isEnded(review)) throw new StepResolved(review.status, null);
  if (review.status === 'on_hold') return [];
  if (review.status === 'submitted') throw new InvalidState('The automatic rules were not asked yet.');

  const draft = new Draft(review, metadata);
  draft.record('ReviewHeld', {
    heldBy: who.actorId,
    ...(who.onBehalfOf !== null && { onBehalfOf: who.onBehalfOf }),
    reason: data.reason,
    status: review.status,
    at: metadata.now,
  });
  pauseClocks(draft, 'on_hold');
  return draft.finished();
}
