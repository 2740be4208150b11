import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ResumeReview } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class ResumeReviewCommand extends ReviewBusCommand<ResumeReview['data']> {}

/** It goes on with what it was held in. */
@CommandHandler(ResumeReviewCommand)
export class ResumeReviewHandler implements ICommandHandler<ResumeReviewCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: ResumeReviewCommand) {
    return this.orders.send('ResumeReview', command);
  }
}
