import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { HoldReview } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class HoldReviewCommand extends ReviewBusCommand<HoldReview['data']> {}

/** Nothing moves until it is resumed. */
@CommandHandler(HoldReviewCommand)
export class HoldReviewHandler implements ICommandHandler<HoldReviewCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: HoldReviewCommand) {
    return this.orders.send('HoldReview', command);
  }
}
