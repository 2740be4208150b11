import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { AddApprover } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class AddApproverCommand extends ReviewBusCommand<AddApprover['data']> {}

/** Asks somebody on a running step in addition. */
@CommandHandler(AddApproverCommand)
export class AddApproverHandler implements ICommandHandler<AddApproverCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: AddApproverCommand) {
    return this.orders.send('AddApprover', command);
  }
}
