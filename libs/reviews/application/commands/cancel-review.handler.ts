import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CancelReview } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class CancelReviewCommand extends ReviewBusCommand<CancelReview['data']> {}

/** Ends a review that should not have been. */
@CommandHandler(CancelReviewCommand)
export class CancelReviewHandler implements ICommandHandler<CancelReviewCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: CancelReviewCommand) {
    return this.orders.send('CancelReview', command);
  }
}
