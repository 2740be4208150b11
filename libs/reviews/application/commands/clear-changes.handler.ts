import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ClearChanges } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class ClearChangesCommand extends ReviewBusCommand<ClearChanges['data']> {}

/** The author of change items says they are answered. */
@CommandHandler(ClearChangesCommand)
export class ClearChangesHandler implements ICommandHandler<ClearChangesCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: ClearChangesCommand) {
    return this.orders.send('ClearChanges', command);
  }
}
