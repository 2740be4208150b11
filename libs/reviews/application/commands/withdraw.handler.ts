import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Withdraw } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class WithdrawCommand extends ReviewBusCommand<Withdraw['data']> {}

/** The submitter takes the review back. */
@CommandHandler(WithdrawCommand)
export class WithdrawHandler implements ICommandHandler<WithdrawCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: WithdrawCommand) {
    return this.orders.send('Withdraw', command);
  }
}
