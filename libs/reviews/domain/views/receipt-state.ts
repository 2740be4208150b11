import { evaluateStep, type Unmet } from '../evaluate.js';
import { isOpen, runningExecution, type Execution, type Review, type StartedReview } from '../review.state.js';
import { currentStep } from './review-detail.js';

/** The `state` of a receipt: where the review stands after the command. */
export interface ReceiptState {
  readonly status: Exclude<Review['status'], 'not_started'> | null;
  readonly step: string | null;
  readonly waitingOn: readonly Unmet[];
}

export function receiptState(review: Review): ReceiptState {
  if (review.status === 'not_started') return { status: null, step: null, waitingOn: [] };
  return { status: review.status, step: currentStep(review), waitingOn: waitingOn(review) };
}

/** Everything an open review waits for, all at once. */
export function waitingOn(review: StartedReview): readonly Unmet[] {
  if (!isOpen(review)) return [];
  const execution = runningExecution(review);
  if (!execution) return [];
  const unmet = evaluateStep(review, execution.index).unmet;
  if (review.status !== 'changes_requested') return [...routingOf(execution), ...unmet];
  const resubmission = { condition: 'resubmission', have: 0, need: 1, who: [`user:${review.submittedBy}`] } as const;
  return [resubmission, ...unmet];
}

const routingOf = ({ blocked }: Execution): readonly Unmet[] =>
  blocked ? [{ condition: 'routing', have: blocked.have, need: blocked.need, who: blocked.fallback }] : [];
