import { Command } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { User } from '../../domain/user.state.js';
import type { OrderOptions } from '../user-orders.js';

/** An order to one person's stream on its way through the command bus. */
export abstract class UserBusCommand<Data> extends Command<Outcome<User>> {
  constructor(
    readonly data: Readonly<Data>,
    readonly metadata: CommandMetadata,
    readonly options: OrderOptions = {},
  ) {
    super();
  }
}
