import { DomainError } from '#libs/kernel/domain/domain-error';
import { inOwnName } from '../acting.js';
import { nobodyDelegates, type Delegations } from '../delegations.js';
import type { Directory } from '../directory.js';
import { askedBy } from '../eligible.js';
import { kindsOfSeats } from '../kinds-of-seats.js';
import { currentRevision, runningExecutions, type StartedReview } from '../review.state.js';
import { takeSeat, type Seat } from '../seats.js';

/** `GET /reviews/{id}/eligibility`: everybody the step concerns, who may decide now, and why the others may not. */
export interface Eligibility {
  readonly people: readonly EligiblePerson[];
}

export interface EligiblePerson {
  readonly userId: string;
  readonly may: boolean;
  /** How an assignment reaches the person; null without one. */
  readonly via: 'direct' | 'role' | 'escalated' | 'delegated' | null;
  /** In whose name, where it is a delegation that gives the person a seat. */
  readonly onBehalfOf?: string;
  /** The code of the refusal a decision would get; null when it would be taken. */
  readonly reason: string | null;
}

export const eligibility = (
  review: StartedReview,
  directory: Directory,
  delegations: Delegations = nobodyDelegates,
): Eligibility => ({
  people: concerned(review, directory, delegations).map((userId) => ({
    userId,
    ...mayDecide(review, userId, directory, delegations),
  })),
});

/**
 * Asks the very guard that a decision passes, so that the two cannot disagree. Of steps side by side a decision may have
 * to name the assignment: without, it would be one for whom the person has spoken already.
 */
export function mayDecide(
  review: StartedReview,
  userId: string,
  directory: Directory,
  delegations: Delegations = nobodyDelegates,
): Omit<EligiblePerson, 'userId'> {
  const answer = seatOrReason(review, userId, directory, delegations);
  if (typeof answer !== 'string') return seated(answer);
  const running = runningExecutions(review);
  if (running.length < 2) return { may: false, via: null, reason: answer };
  for (const { assignmentId } of kindsOfSeats(review, running, userId, delegations)) {
    const named = seatOrReason(review, userId, directory, delegations, assignmentId);
    if (typeof named !== 'string') return seated(named);
  }
  return { may: false, via: null, reason: answer };
}

/** The seat that a decision would take, else the code of its refusal. */
function seatOrReason(
  review: StartedReview,
  userId: string,
  directory: Directory,
  delegations: Delegations,
  assignmentId?: string,
): Seat | string {
  const attempt = { who: inOwnName(userId), reviewedRevision: currentRevision(review).revision, assignmentId };
  try {
    // A veto against one's own standing verdict is what a repeated approval would hide, so both are tried.
    return (
      takeSeat(review, { ...attempt, verdict: 'approve' }, directory, delegations) ??
      takeSeat(review, { ...attempt, verdict: 'reject' }, directory, delegations) ??
      'person-already-counted'
    );
  } catch (refusal) {
    if (!(refusal instanceof DomainError)) throw refusal;
    return refusal.code;
  }
}

function seated(seat: Seat): Omit<EligiblePerson, 'userId'> {
  const { onBehalfOf } = seat.who;
  return { may: true, via: viaOf(seat), ...(onBehalfOf !== null && { onBehalfOf }), reason: null };
}

function viaOf({ who, assignment: { origin, kind } }: Seat): NonNullable<EligiblePerson['via']> {
  if (who.onBehalfOf !== null) return 'delegated';
  if (origin === 'escalation' || origin === 'fallback') return 'escalated';
  return kind === 'USER' ? 'direct' : 'role';
}

/**
 * Whom the assignments of the running (else the last) steps ask; whoever acts for one of them, be it in other matters;
 * the submitter, and everybody who decided.
 */
function concerned(review: StartedReview, directory: Directory, delegations: Delegations): readonly string[] {
  const running = runningExecutions(review);
  const isActive = (userId: string) => directory.person(userId)?.active === true;
  const asked = new Set(
    (running.length > 0 ? running : review.executions.slice(-1)).flatMap((execution) =>
      execution.assignments.flatMap((it) => askedBy(review, execution, it, directory)),
    ),
  );
  const delegates = [...asked].flatMap((userId) => delegations.delegatesOf(userId, 'any', isActive));
  const deciders = review.decisions.map(({ actorId }) => actorId);
  return [...new Set([...asked, ...delegates, ...deciders, review.submittedBy])].toSorted();
}
