import type { Acting } from './acting.js';
import { isOwn, isTaken } from './claims.js';
import type { Directory } from './directory.js';
import { asksFor } from './eligible.js';
import { refs } from './evaluate.js';
import type { Verdict } from './review.commands.js';
import {
  AssignmentFilled,
  AssignmentTaken,
  AssignmentTransferred,
  NotEligible,
  ValidationFailed,
} from './review.errors.js';
import { stepOf, type Assignment, type Decision, type Execution, type StartedReview } from './review.state.js';
import { routing } from './routing.js';
import { counted, fillerOf, openSeats, voices } from './standing.js';

/** What somebody wants of a step: to fill one of its assignments, by name or not; without a verdict, to fill none. */
export type Wanted = Readonly<{ who: Acting; verdict: Verdict | null; assignmentId?: string | undefined }>;

/** The assignment named, else the first still needed: one for the person before one for a role. */
export function fittingAssignment(
  review: StartedReview,
  execution: Execution,
  { who, verdict, assignmentId }: Wanted,
  directory: Directory,
): Assignment {
  const asked = execution.assignments.filter((it) => asksFor(review, execution, it, who.principal, directory));
  const candidates = assignmentId === undefined ? asked : asked.filter((it) => it.assignmentId === assignmentId);
  if (assignmentId !== undefined && !execution.assignments.some((it) => it.assignmentId === assignmentId))
    throw new ValidationFailed('The review has no such assignment.', [
      { pointer: '/assignmentId', code: 'unknown', detail: 'names no assignment of the open step' },
    ]);
  if (candidates.length === 0)
    throw new NotEligible('No assignment of this step asks for this person.', whoCan(review, execution));

  const live = candidates.filter((it) => it.live);
  const own = ownDecision(review, execution, who);
  const ownSeat = own && isBy(own, who) ? live.find((it) => it.assignmentId === own.assignmentId) : undefined;
  if (ownSeat && (assignmentId === undefined || verdict === null)) return ownSeat;

  const seats = openSeats(review, execution.index);
  const unfilled = new Set(seats.map((seat) => seat.assignmentId));
  const open = live.filter((it) => unfilled.has(it.assignmentId));
  // A claim keeps an assignment for whoever fills it; a request for changes fills none.
  const free = verdict === null ? open : open.filter((it) => !isTaken(it, who));
  const inOrder = ownFirst(inOrderOfNeed(review, execution, free), who);
  const seat = best(review, execution, inOrder, { who, verdict }, directory);
  if (seat) return seat;
  if (ownSeat) return ownSeat;
  const gone = candidates.find((it) => it.gone === 'transferred');
  if (gone) throw new AssignmentTransferred(gone.assignmentId);
  const claimed = open.find(({ claim }) => claim !== null);
  if (claimed?.claim) throw new AssignmentTaken(claimed.assignmentId, claimed.claim);
  const [taken] = live;
  const filler = taken && fillerOf(review, execution.index, taken.assignmentId);
  if (!taken || !filler) throw new NotEligible('No assignment of this step is open.');
  throw new AssignmentFilled(taken.assignmentId, filler.actorId, filler.onBehalfOf);
}

/** What a person has claimed comes before what anybody could fill. */
const ownFirst = (seats: readonly Assignment[], who: Acting): readonly Assignment[] =>
  seats.toSorted((a, b) => Number(isClaimedBy(b, who)) - Number(isClaimedBy(a, who)));

const isClaimedBy = ({ claim }: Assignment, who: Acting) => claim !== null && isOwn(claim, who);

/**
 * Whoever fits assignments of different kinds must not take the one that others could fill and leave the one that
 * nobody else can: the step would be blocked though enough people exist.
 */
function best(
  review: StartedReview,
  execution: Execution,
  seats: readonly Assignment[],
  { who, verdict }: Pick<Wanted, 'who' | 'verdict'>,
  directory: Directory,
): Assignment | undefined {
  const kinds = new Set(seats.map(({ kind, ref, assignee }) => `${kind}:${ref}:${assignee}`));
  if (kinds.size < 2 || verdict !== 'approve') return seats[0];
  const people = [who.actorId, ...voices(who)] as const;
  const leavesEnough = ({ assignmentId }: Assignment) =>
    routing(review, execution, directory, { assignmentId, people }).ok;
  return seats.find(leavesEnough) ?? seats[0];
}

/** A USER assignment before a role seat; among seats, those whose assignee still lacks approvals first. */
function inOrderOfNeed(
  review: StartedReview,
  execution: Execution,
  seats: readonly Assignment[],
): readonly Assignment[] {
  const step = stepOf(review, execution);
  const assigneeOf = new Map(execution.assignments.map((it) => [it.assignmentId, it.assignee]));
  const approvals = new Map<number | null | undefined, number>();
  for (const { verdict, assignmentId } of counted(review, execution.index))
    if (verdict === 'approve') {
      const assignee = assigneeOf.get(assignmentId);
      approvals.set(assignee, (approvals.get(assignee) ?? 0) + 1);
    }
  const lacks = ({ assignee }: Assignment): boolean =>
    assignee !== null && (approvals.get(assignee) ?? 0) < (step.assignees[assignee]?.minApprovals ?? 0);
  const rank = (seat: Assignment) => (seat.kind === 'USER' ? 0 : lacks(seat) ? 1 : 2);
  return seats.toSorted((a, b) => rank(a) - rank(b));
}

/** What a person has decided on a step, in whichever name. */
export const ownDecision = (review: StartedReview, { index }: Execution, who: Acting): Decision | undefined =>
  counted(review, index).find((it) => voices(it).some((person) => voices(who).includes(person)));

/** Given by this very person in this very capacity. */
export const isBy = (decision: Decision, { actorId, onBehalfOf }: Acting): boolean =>
  decision.actorId === actorId && decision.onBehalfOf === onBehalfOf;

/** Whom the open assignments of a step ask. */
export const whoCan = (review: StartedReview, { index }: Execution): readonly string[] =>
  refs(openSeats(review, index));
