import { acting, actingOnStep, type Acting } from '../acting.js';
import { endOtherClaims, isOwn, takeClaim } from '../claims.js';
import type { Directory } from '../directory.js';
import { Draft } from '../draft.js';
import { askedBy, asksFor } from '../eligible.js';
import { excluded, guardFourEyes } from '../four-eyes.js';
import { guardUnfilled, namedSeat, type NamedSeat } from '../named-seat.js';
import type { ClaimAssignment } from '../review.commands.js';
import { AssignmentTaken, InvalidState, NotEligible, PersonAlreadyCounted } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import type { StartedReview } from '../review.state.js';
import { whoCan } from '../fitting-assignment.js';
import { counted, voices } from '../standing.js';
import { matterOf } from '../matter.js';

/** One of those who hold a role keeps one of its assignments for a while: the first wins. */
export function claimAssignment(
  { data, facts, metadata }: ClaimAssignment,
  review: StartedReview,
): readonly ReviewEvent[] {
  const seat = namedSeat(review, data.assignmentId);
  const who = claimant({ facts, metadata }, review, seat);
  guardClaimable(review, seat, who, facts.directory);
  const { execution, assignment } = seat;
  if (assignment.claim && isOwn(assignment.claim, who)) return [];
  if (assignment.claim) throw new AssignmentTaken(assignment.assignmentId, assignment.claim);

  const draft = new Draft(review, metadata);
  endOtherClaims(draft, execution, who, 'unneeded');
  takeClaim(draft, seat, who);
  return draft.finished();
}

/** The actor himself, else the one he acts for whom the assignment asks. */
function claimant(
  command: Pick<ClaimAssignment, 'facts' | 'metadata'>,
  review: StartedReview,
  { execution, assignment }: NamedSeat,
): Acting {
  const own = acting(command);
  const asked = askedBy(review, execution, assignment, command.facts.directory);
  if (asked.includes(own.actorId)) return own;
  const barred = excluded(review, execution.index, command.facts.directory);
  return actingOnStep(command, asked, matterOf(review, execution.step), barred) ?? own;
}

/** Somebody who could decide on the assignment now. */
export function guardClaimable(review: StartedReview, seat: NamedSeat, who: Acting, directory: Directory): void {
  const { execution, assignment } = seat;
  if (review.status !== 'in_review')
    throw new InvalidState('The review waits for somebody else.', { status: review.status });
  guardFourEyes(review, execution.index, who, directory);
  if (execution.status === 'blocked')
    throw new InvalidState('The step is blocked: somebody must be asked in addition (escalate).', {
      status: review.status,
      step: execution.step,
    });
  if (!asksFor(review, execution, assignment, who.principal, directory))
    throw new NotEligible('This assignment does not ask for this person.', whoCan(review, execution));
  if (assignment.kind === 'USER')
    throw new InvalidState('Only an assignment for a role is claimed: this one is for one person alone.');
  guardUnfilled(review, seat);
  const own = counted(review, execution.index).find((it) => voices(it).some((person) => voices(who).includes(person)));
  if (own) throw new PersonAlreadyCounted(own.decisionId, own.verdict);
}
