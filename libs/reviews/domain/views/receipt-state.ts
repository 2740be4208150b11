import { unreachable } from '#libs/kernel/domain/unreachable';
import { evaluateStep, type Unmet } from '../evaluate.js';
import { needsHand, runningExecutions, type Execution, type Review, type StartedReview } from '../review.state.js';
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
  ...waitFor(review),
  ...runningExecutions(review).flatMap((execution) => waitingOnStep(review, execution)),
];

/** What one running step waits for. */
export const waitingOnStep = (review: StartedReview, execution: Execution): readonly Unmet[] => {
  const { outcome, unmet } = evaluateStep(review, execution.index);
  if (review.status !== 'in_review') return unmet;
  const isResolved = outcome === 'rejected' || (outcome === 'satisfied' && !needsHand(execution));
  return isResolved ? [] : [...routingOf(execution), ...unmet];
};

/** What has to happen before anybody can decide. */
export function waitFor({ status, submittedBy }: StartedReview): readonly Unmet[] {
  const submitter = [`user:${submittedBy}`];
  switch (status) {
    case 'changes_requested':
      return [{ condition: 'resubmission', have: 0, need: 1, who: submitter }];
    case 'info_requested':
      return [{ condition: 'information', have: 0, need: 1, who: submitter }];
    case 'on_hold':
      return [{ condition: 'resumption', have: 0, need: 1, who: ['role:manager', 'role:admin'] }];
    case 'submitted': // the rules answer in the same append
    case 'in_review':
    case 'approved':
    case 'rejected':
    case 'withdrawn':
    case 'expired':
    case 'cancelled':
      return [];
    default:
      return unreachable(status);
  }
}

const routingOf = ({ blocked }: Execution): readonly Unmet[] =>
  blocked ? [{ condition: 'routing', have: blocked.have, need: blocked.need, who: blocked.fallback }] : [];
