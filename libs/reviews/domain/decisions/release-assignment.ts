import { acting } from '../acting.js';
import { endClaim, isOwn } from '../claims.js';
import { Draft } from '../draft.js';
import { namedSeat } from '../named-seat.js';
import type { ReleaseAssignment } from '../review.commands.js';
import { NotEligible } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import type { StartedReview } from '../review.state.js';

/** Whoever has claimed an assignment leaves it to the others. */
export function releaseAssignment(
  { data, facts, metadata }: ReleaseAssignment,
  review: StartedReview,
): readonly ReviewEvent[] {
  const who = acting({ facts, metadata });
  const seat = namedSeat(review, data.assignmentId);
  const { claim } = seat.assignment;
  if (!claim) return [];
  if (!isOwn(claim, who))
    throw new NotEligible('Somebody else has claimed this assignment.', [`user:${claim.claimedBy}`]);

  const draft = new Draft(review, metadata);
  endClaim(draft, seat, { how: 'released', by: who.actorId });
  return draft.finished();
}
