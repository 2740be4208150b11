import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { OverrideStep } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class OverrideStepCommand extends ReviewBusCommand<OverrideStep['data']> {}

/** Settles a step in the place of whom it asks. */
@CommandHandler(OverrideStepCommand)
export class OverrideStepHandler implements ICommandHandler<OverrideStepCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: OverrideStepCommand) {
    return this.orders.send('OverrideStep', command);
  }
}
