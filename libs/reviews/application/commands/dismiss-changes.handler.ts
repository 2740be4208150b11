import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { DismissChanges } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class DismissChangesCommand extends ReviewBusCommand<DismissChanges['data']> {}

/** Somebody entitled dismisses change items of anybody. */
@CommandHandler(DismissChangesCommand)
export class DismissChangesHandler implements ICommandHandler<DismissChangesCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: DismissChangesCommand) {
    return this.orders.send('DismissChanges', command);
  }
}
