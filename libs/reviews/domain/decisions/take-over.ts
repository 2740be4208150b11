import { acting } from '../acting.js';
import { endClaim, endOtherClaims, isOwn, takeClaim } from '../claims.js';
import { Draft } from '../draft.js';
import { guardMayReassign } from '../entitled.js';
import { namedSeat } from '../named-seat.js';
import type { TakeOver } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import type { StartedReview } from '../review.state.js';
import { guardClaimable } from './claim-assignment.js';
import { moveTo } from './reassign.js';

/** Somebody entitled does it himself: takes the claim of another, or the assignment that is another's by name. */
export function takeOver(command: TakeOver, review: StartedReview): readonly ReviewEvent[] {
  guardMayReassign(command, 'Taking over what somebody else does takes a permission.');
  const { data, facts, metadata } = command;
  const who = acting({ facts, metadata });
  const seat = namedSeat(review, data.assignmentId);
  const { execution, assignment } = seat;
  if (assignment.kind === 'USER') return moveTo(who.actorId, command, review);
  guardClaimable(review, seat, who, facts.directory);
  if (assignment.claim && isOwn(assignment.claim, who)) return [];

  const draft = new Draft(review, metadata);
  endClaim(draft, seat, { how: 'taken-over', by: who.actorId, reason: data.reason });
  endOtherClaims(draft, execution, who, 'unneeded');
  takeClaim(draft, seat, who);
  return draft.finished();
}
