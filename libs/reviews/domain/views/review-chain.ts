import type { ConditionTrace } from '#libs/kernel/domain/condition';
import type { Personal } from '#libs/kernel/domain/personal';
import type { Proof } from '../review.events.js';
import type { Execution, StartedReview } from '../review.state.js';
import { stepOverview, willBeAsked, type StepOverview } from './step-overview.js';

/** `GET /reviews/{id}/chain`: every execution of every step in the order they ran, then the steps still to come. */
export interface ReviewChain {
  readonly steps: readonly ChainLink[];
}

export interface ChainLink extends StepOverview {
  readonly startedAt: string | null;
  readonly completedAt: string | null;
  /**
   * `changes_requested` = the subject was revised because it was asked for here, `superseded` = it was revised all the
   * same; a review's own end (`withdrawn`, `expired`) closes its step too.
   */
  readonly outcome: string | null;
  /** The rule as it was evaluated when the step was resolved, node by node. */
  readonly proof: Proof | null;
  /** Why it was skipped: its condition, part by part. */
  readonly condition: Personal<ConditionTrace> | null;
}

export function reviewChain(review: StartedReview): ReviewChain {
  const run = review.executions.map((execution) => ({
    ...stepOverview(review, execution.index, execution),
    startedAt: execution.startedAt,
    completedAt: execution.endedAt,
    outcome: outcomeOf(review, execution),
    proof: execution.proof,
    condition: execution.skipped,
  }));
  const toCome = review.steps.flatMap((_, index) =>
    willBeAsked(review, index) ? [{ ...stepOverview(review, index, undefined), ...NOT_YET }] : [],
  );
  return { steps: [...run, ...toCome] };
}

const NOT_YET = { startedAt: null, completedAt: null, outcome: null, proof: null, condition: null };

function outcomeOf(review: StartedReview, { executionId, status, proof }: Execution): string | null {
  if (proof?.state === 'overridden') return 'overridden';
  if (status === 'open' || status === 'blocked') return null;
  if (status === 'closed') return review.status;
  const asked = review.changeRequests.some((request) => request.executionId === executionId);
  return status === 'superseded' && asked ? 'changes_requested' : status;
}
