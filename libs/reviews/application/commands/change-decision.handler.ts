import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ChangeDecision } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class ChangeDecisionCommand extends ReviewBusCommand<ChangeDecision['data']> {}

/** Turns one's own verdict around. */
@CommandHandler(ChangeDecisionCommand)
export class ChangeDecisionHandler implements ICommandHandler<ChangeDecisionCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: ChangeDecisionCommand) {
    return this.orders.send('ChangeDecision', command);
  }
}
