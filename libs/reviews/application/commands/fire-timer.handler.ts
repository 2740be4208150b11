import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { FireTimer } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class FireTimerCommand extends ReviewBusCommand<FireTimer['data']> {}

/** A deadline came; nothing happens when it lost the race. */
@CommandHandler(FireTimerCommand)
export class FireTimerHandler implements ICommandHandler<FireTimerCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: FireTimerCommand) {
    return this.orders.send('FireTimer', command);
  }
}
