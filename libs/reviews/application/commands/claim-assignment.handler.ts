import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ClaimAssignment } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class ClaimAssignmentCommand extends ReviewBusCommand<ClaimAssignment['data']> {}

/** Keeps an assignment for a role to oneself for a while. */
@CommandHandler(ClaimAssignmentCommand)
export class ClaimAssignmentHandler implements ICommandHandler<ClaimAssignmentCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: ClaimAssignmentCommand) {
    return this.orders.send('ClaimAssignment', command);
  }
}
