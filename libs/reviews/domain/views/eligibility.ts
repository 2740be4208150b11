import { DomainError } from '#libs/kernel/domain/domain-error';
import type { Acting } from '../acting.js';
import type { Directory } from '../directory.js';
import { askedBy } from '../eligible.js';
import { currentRevision, runningExecutions, type StartedReview } from '../review.state.js';
import { takeSeat } from '../seats.js';

/** `GET /reviews/{id}/eligibility`: everybody the step concerns, who may decide now, and why the others may not. */
export interface Eligibility {
  readonly people: readonly EligiblePerson[];
}

export interface EligiblePerson {
  readonly userId: string;
  readonly may: boolean;
  /** How an assignment reaches the person; null without one. */
  readonly via: 'direct' | 'role' | 'escalated' | null;
  /** The code of the refusal a decision would get; null when it would be taken. */
  readonly reason: string | null;
}

export const eligibility = (review: StartedReview, directory: Directory): Eligibility => ({
  people: concerned(review, directory).map((userId) => ({ userId, ...mayDecide(review, userId, directory) })),
});

/** Asks the very guard that a decision passes, so that the two cannot disagree. */
export function mayDecide(review: StartedReview, userId: string, directory: Directory): Omit<EligiblePerson, 'userId'> {
  const who: Acting = { actorId: userId, onBehalfOf: null, delegationPath: [], principal: userId };
  const { revision } = currentRevision(review);
  try {
    // A veto against one's own standing verdict is what a repeated approval would hide, so both are tried.
    const seat =
      takeSeat(review, { who, reviewedRevision: revision, verdict: 'approve' }, directory) ??
      takeSeat(review, { who, reviewedRevision: revision, verdict: 'reject' }, directory);
    if (!seat) return { may: false, via: null, reason: 'person-already-counted' };
    const { origin, kind } = seat.assignment;
    const via = origin === 'escalation' || origin === 'fallback' ? 'escalated' : kind === 'USER' ? 'direct' : 'role';
    return { may: true, via, reason: null };
  } catch (refusal) {
    if (!(refusal instanceof DomainError)) throw refusal;
    return { may: false, via: null, reason: refusal.code };
  }
}

/** Whom the assignments of the running (else the last) steps ask, the submitter, and everybody who decided. */
function concerned(review: StartedReview, directory: Directory): readonly string[] {
  const running = runningExecutions(review);
  const asked = (running.length > 0 ? running : review.executions.slice(-1)).flatMap((execution) =>
    execution.assignments.flatMap((it) => askedBy(review, execution, it, directory)),
  );
  const deciders = review.decisions.map(({ actorId }) => actorId);
  return [...new Set([...asked, ...deciders, review.submittedBy])].toSorted();
}
