import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Reassign } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class ReassignCommand extends ReviewBusCommand<Reassign['data']> {}

/** Moves one open assignment to another person. */
@CommandHandler(ReassignCommand)
export class ReassignHandler implements ICommandHandler<ReassignCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: ReassignCommand) {
    return this.orders.send('Reassign', command);
  }
}
