import { acting } from '../acting.js';
import { endClaim, endOtherClaims } from '../claims.js';
import { canDecide, type Directory } from '../directory.js';
import { Draft } from '../draft.js';
import { guardMayReassign } from '../entitled.js';
import { guardChoice } from '../choice.js';
import { excluded } from '../four-eyes.js';
import { guardUnfilled, namedSeat, type NamedSeat } from '../named-seat.js';
import type { Reassign, TakeOver } from '../review.commands.js';
import { FourEyes, InvalidState, NotEligible, PersonAlreadyCounted } from '../review.errors.js';
import type { AssignmentFacts, ReviewEvent } from '../review.events.js';
import type { StartedReview } from '../review.state.js';
import { executionOf, settle } from '../settle.js';
import { counted, openSeats, voices } from '../standing.js';

/** Moves one open assignment to a person, with everything it stands for: group, weight, veto, scope and clock. */
export function reassign(command: Reassign, review: StartedReview): readonly ReviewEvent[] {
  guardMayReassign(command, 'Moving an assignment to somebody else takes a permission.');
  return moveTo(command.data.to, command, review);
}

export function moveTo(to: string, command: Reassign | TakeOver, review: StartedReview): readonly ReviewEvent[] {
  const { data, facts, metadata } = command;
  const { directory } = facts;
  const who = acting({ facts, metadata });
  const seat = namedSeat(review, data.assignmentId);
  const { execution, assignment } = seat;
  if (assignment.live && assignment.kind === 'USER' && assignment.ref === to) return [];
  guardChoice(command, review, execution.index);
  guardTarget(review, seat, to, directory);
  guardUnfilled(review, seat);
  guardFree(review, seat, to);

  const draft = new Draft(review, metadata);
  const { group, assignee, weight, veto, scope } = assignment;
  const role = roleOf(assignment);
  endClaim(draft, seat, { how: 'reassigned', by: who.actorId });
  endOtherClaims(draft, execution, { actorId: to, onBehalfOf: null }, 'unneeded', assignment.assignmentId);
  draft.record('AssignmentTransferred', {
    ...executionOf(execution),
    assignmentId: assignment.assignmentId,
    successor: {
      assignmentId: draft.newId('assignment'),
      group,
      kind: 'USER',
      ref: to,
      ...(role !== undefined && { role }),
      assignee,
      weight,
      veto,
      scope,
      origin: 'adhoc',
    },
    transferredBy: who.actorId,
    reason: data.reason,
    at: draft.now,
  });
  settle(draft, directory);
  return draft.finished();
}

/** The role that whoever fills the assignment has to hold. */
const roleOf = ({ kind, ref, role }: AssignmentFacts): string | undefined => (kind === 'ROLE' ? ref : role);

/** Four eyes, and whoever cannot act, keep an assignment from a person as they keep a decision. */
function guardTarget(
  review: StartedReview,
  { execution, assignment }: NamedSeat,
  to: string,
  directory: Directory,
): void {
  const why = excluded(review, execution.index, directory).get(to);
  if (why !== undefined) throw new FourEyes(why);
  const person = directory.person(to);
  if (!person?.active)
    throw new NotEligible('Nobody active is known by this id: name an active person with a role that lets decide.');
  if (!canDecide(person)) throw new NotEligible('This person holds no role that lets decide: name somebody who does.');
  const role = roleOf(assignment);
  if (role !== undefined && !person.roles.includes(role))
    throw new NotEligible(`The assignment is for holders of the role ${role}.`, [`role:${role}`]);
}

/** One person fills one assignment of a step. */
function guardFree(review: StartedReview, { execution }: NamedSeat, to: string): void {
  const own = counted(review, execution.index).find((decision) => voices(decision).includes(to));
  if (own) throw new PersonAlreadyCounted(own.decisionId, own.verdict);
  if (openSeats(review, execution.index).some(({ kind, ref }) => kind === 'USER' && ref === to))
    throw new InvalidState('This person is asked on this step already.', { step: execution.step });
}
