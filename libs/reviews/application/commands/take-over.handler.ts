import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TakeOver } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class TakeOverCommand extends ReviewBusCommand<TakeOver['data']> {}

/** Takes what somebody else has claimed, or holds by name. */
@CommandHandler(TakeOverCommand)
export class TakeOverHandler implements ICommandHandler<TakeOverCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: TakeOverCommand) {
    return this.orders.send('TakeOver', command);
  }
}
