import type { Acting } from './acting.js';
import { guardRunning } from './named-seat.js';
import { InvalidState, NotEligible, StepResolved, ValidationFailed } from './review.errors.js';
import { isEnded, latestExecution, type Decision, type Execution, type StartedReview } from './review.state.js';

/** A decision, and the running execution of its step. */
export type OwnDecision = Readonly<{ decision: Decision; execution: Execution }>;

/** The decision that a request names, when it is the actor's own and its step is open. */
export function ownDecision(review: StartedReview, decisionId: string, { actorId }: Acting): OwnDecision {
  const decision = review.decisions.find((it) => it.decisionId === decisionId);
  if (isEnded(review)) throw new StepResolved(review.status, null);
  if (!decision)
    throw new ValidationFailed('The review has no such decision.', [
      { pointer: '/decisionId', code: 'unknown', detail: 'names no decision of this review' },
    ]);
  const index = review.steps.findIndex(({ key }) => key === decision.step);
  const execution = latestExecution(review, index);
  // It all started over, and this step has not been reached again.
  if (!execution) throw new InvalidState('The step is not being decided.', { status: review.status });
  guardRunning(review, execution);
  if (decision.actorId !== actorId)
    throw new NotEligible('Only whoever gave a decision changes it or takes it back.', [`user:${decision.actorId}`]);
  return { decision, execution };
}
