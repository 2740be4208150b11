import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Escalate } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class EscalateCommand extends ReviewBusCommand<Escalate['data']> {}

/** Fires the next rung of the ladder by hand, or asks somebody in addition. */
@CommandHandler(EscalateCommand)
export class EscalateHandler implements ICommandHandler<EscalateCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: EscalateCommand) {
    return this.orders.send('Escalate', command);
  }
}
