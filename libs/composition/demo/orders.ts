import type { CommandMetadata } from '#libs/kernel/domain/message';
import { AddCommentCommand } from '#libs/reviews/application/commands/add-comment.handler';
import { CancelReviewCommand } from '#libs/reviews/application/commands/cancel-review.handler';
import { ClaimAssignmentCommand } from '#libs/reviews/application/commands/claim-assignment.handler';
import { DecideCommand } from '#libs/reviews/application/commands/decide.handler';
import { EscalateCommand } from '#libs/reviews/application/commands/escalate.handler';
import { HoldReviewCommand } from '#libs/reviews/application/commands/hold-review.handler';
import { OverrideStepCommand } from '#libs/reviews/application/commands/override-step.handler';
import { ProvideInfoCommand } from '#libs/reviews/application/commands/provide-info.handler';
import { ReassignCommand } from '#libs/reviews/application/commands/reassign.handler';
import { ReopenReviewCommand } from '#libs/reviews/application/commands/reopen-review.handler';
import { RequestChangesCommand } from '#libs/reviews/application/commands/request-changes.handler';
import { RequestInfoCommand } from '#libs/reviews/application/commands/request-info.handler';
import { ResubmitCommand } from '#libs/reviews/application/commands/resubmit.handler';
import { ResumeReviewCommand } from '#libs/reviews/application/commands/resume-review.handler';
import { WithdrawCommand } from '#libs/reviews/application/commands/withdraw.handler';
import type { CommandOptions } from '#libs/reviews/application/review-command';
import { currentRevision, type StartedReview } from '#libs/reviews/domain/review.state';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { userIdOf } from './cast.js';
import type { Move } from './story.js';

/** How an order is signed: by whom and when, over what it says; and what its maker may do. */
export interface Hand {
  metadata(data: object): CommandMetadata;
  readonly may: NonNullable<CommandOptions['may']>;
}

/** The command that a move is, on a review as its maker saw it. */
export function orderOf(move: Move, review: StartedReview, hand: Hand) {
  const { reviewId } = review;
  const { revision: reviewedRevision } = currentRevision(review);
  const order = <Data extends object, C>(
    Order: new (data: Data, metadata: CommandMetadata, options: CommandOptions) => C,
    data: NoInfer<Data>,
    options: CommandOptions = {},
  ) => new Order(data, hand.metadata(data), { may: hand.may, ...options });

  switch (move.move) {
    case 'approve':
    case 'reject':
    case 'abstain': {
      const { move: verdict, comment } = move;
      return order(DecideCommand, { reviewId, verdict, reviewedRevision, ...(comment && { comment }) });
    }
    case 'request-changes':
      return order(RequestChangesCommand, { reviewId, reviewedRevision, items: move.items });
    case 'resubmit':
      return order(ResubmitCommand, { reviewId, content: move.content, note: move.note });
    case 'edit':
      return order(ResubmitCommand, { reviewId, content: move.content, note: move.note }, { editsDraft: true });
    case 'escalate': {
      const { reason, role } = move;
      return order(EscalateCommand, { reviewId, reason, ...(role && { to: { role } }) });
    }
    case 'withdraw':
      return order(WithdrawCommand, { reviewId, reason: move.reason });
    case 'cancel':
      return order(CancelReviewCommand, { reviewId, reason: move.reason });
    case 'hold':
      return order(HoldReviewCommand, { reviewId, reason: move.reason });
    case 'resume':
      return order(ResumeReviewCommand, { reviewId, reason: move.reason });
    case 'reopen':
      return order(ReopenReviewCommand, { reviewId, reason: move.reason });
    case 'override': {
      const { step, outcome, reason } = move;
      return order(OverrideStepCommand, { reviewId, step, outcome, reason, reviewedRevision });
    }
    case 'claim':
      return order(ClaimAssignmentCommand, { reviewId, assignmentId: seatOf(move, review) });
    case 'reassign': {
      const { to, reason } = move;
      return order(ReassignCommand, { reviewId, assignmentId: seatOf(move, review), to: userIdOf(to), reason });
    }
    case 'request-info':
      return order(RequestInfoCommand, { reviewId, question: move.question });
    case 'provide-info':
      return order(ProvideInfoCommand, { reviewId, answer: move.answer });
    case 'comment':
      return order(AddCommentCommand, { reviewId, text: move.text });
    default:
      return unreachable(move);
  }
}

function seatOf({ step, seat }: { step: string; seat: number }, { executions }: StartedReview): string {
  const found = executions.find((it) => it.step === step)?.assignments[seat - 1];
  if (!found) throw new Error(`Nobody is asked as number ${seat} of ${step}.`);
  return found.assignmentId;
}
