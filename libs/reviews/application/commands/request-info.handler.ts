import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { RequestInfo } from '../../domain/review.commands.js';
import { ReviewBusCommand } from '../review-command.js';
import { ReviewOrders } from '../review-orders.js';

export class RequestInfoCommand extends ReviewBusCommand<RequestInfo['data']> {}

/** A question to the submitter. */
@CommandHandler(RequestInfoCommand)
export class RequestInfoHandler implements ICommandHandler<RequestInfoCommand> {
  constructor(private readonly orders: ReviewOrders) {}

  execute(command: RequestInfoCommand) {
    return this.orders.send('RequestInfo', command);
  }
}
