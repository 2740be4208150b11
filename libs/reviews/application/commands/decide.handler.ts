import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Decide } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class DecideCommand extends ReviewBusCommand<Decide['data']> {}

/** One verdict on the revision that the person saw. */
@CommandHandler(DecideCommand)
export class DecideHandler implements ICommandHandler<DecideCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: DecideCommand) {
    return this.orders.send('Decide', command);
  }
}
