import { evaluateStep, type Unmet } from '../evaluate.js';
import { runningExecutions, type Execution, type Review, type StartedReview } from '../review.state.js';
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
export const waitingOn = (review: StartedReview): readonly Unmet[] => [
  ...resubmissionOf(review),
  ...runningExecutions(review).flatMap((execution) => waitingOnStep(review, execution)),
];

/** What one running step waits for. */
export const waitingOnStep = (review: StartedReview, execution: Execution): readonly Unmet[] => {
  const { unmet } = evaluateStep(review, execution.index);
  return review.status === 'in_review' ? [...routingOf(execution), ...unmet] : unmet;
};

/** That the submitter must bring a new revision. */
export const resubmissionOf = ({ status, submittedBy }: StartedReview): readonly Unmet[] =>
  status === 'changes_requested' ? [{ condition: 'resubmission', have: 0, need: 1, who: [`user:${submittedBy}`] }] : [];

const routingOf = ({ blocked }: Execution): readonly Unmet[] =>
  blocked ? [{ condition: 'routing', have: blocked.have, need: blocked.need, who: blocked.fallback }] : [];
