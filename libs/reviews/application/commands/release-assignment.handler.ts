import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ReleaseAssignment } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class ReleaseAssignmentCommand extends ReviewBusCommand<ReleaseAssignment['data']> {}

/** Leaves a claimed assignment to the others again. */
@CommandHandler(ReleaseAssignmentCommand)
export class ReleaseAssignmentHandler implements ICommandHandler<ReleaseAssignmentCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: ReleaseAssignmentCommand) {
    return this.orders.send('ReleaseAssignment', command);
  }
}
