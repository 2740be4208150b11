import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RescindDecision } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class RescindDecisionCommand extends ReviewBusCommand<RescindDecision['data']> {}

/** Takes one's own decision back. */
@CommandHandler(RescindDecisionCommand)
export class RescindDecisionHandler implements ICommandHandler<RescindDecisionCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: RescindDecisionCommand) {
    return this.orders.send('RescindDecision', command);
  }
}
