import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ProvideInfo } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class ProvideInfoCommand extends ReviewBusCommand<ProvideInfo['data']> {}

/** The submitter answers what was asked. */
@CommandHandler(ProvideInfoCommand)
export class ProvideInfoHandler implements ICommandHandler<ProvideInfoCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: ProvideInfoCommand) {
    return this.orders.send('ProvideInfo', command);
  }
}
