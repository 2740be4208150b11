import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Recuse } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class RecuseCommand extends ReviewBusCommand<Recuse['data']> {}

/** Steps back from a step that one is asked on. */
@CommandHandler(RecuseCommand)
export class RecuseHandler implements ICommandHandler<RecuseCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: RecuseCommand) {
    return this.orders.send('Recuse', command);
  }
}
