import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { VacateSeats } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class VacateSeatsCommand extends ReviewBusCommand<VacateSeats['data']> {}

/** Gives to others what somebody can no longer fill. */
@CommandHandler(VacateSeatsCommand)
export class VacateSeatsHandler implements ICommandHandler<VacateSeatsCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: VacateSeatsCommand) {
    return this.orders.send('VacateSeats', command);
  }
}
