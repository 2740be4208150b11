import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ExpireClaim } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class ExpireClaimCommand extends ReviewBusCommand<ExpireClaim['data']> {}

/** A lease has run out. */
@CommandHandler(ExpireClaimCommand)
export class ExpireClaimHandler implements ICommandHandler<ExpireClaimCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: ExpireClaimCommand) {
    return this.orders.send('ExpireClaim', command);
  }
}
