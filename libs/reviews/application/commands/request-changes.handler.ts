import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RequestChanges } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class RequestChangesCommand extends ReviewBusCommand<RequestChanges['data']> {}

/** Sends a review back to its submitter with items to answer. */
@CommandHandler(RequestChangesCommand)
export class RequestChangesHandler implements ICommandHandler<RequestChangesCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: RequestChangesCommand) {
    return this.orders.send('RequestChanges', command);
  }
}
