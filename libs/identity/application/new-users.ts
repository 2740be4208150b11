import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { isRegistered, type User } from '../domain/user.state.js';
import { RegisterUserCommand } from './commands/register-user.handler.js';
import { OneTimeSecrets, type OneTimeSecret } from './one-time-secrets.js';
import type { OrderOptions } from './user-orders.js';

export interface NewUser {
  readonly outcome: Outcome<User>;
  /** Undefined in a dry run and in the answer to a repeated command: it is told once. */
  readonly secret: OneTimeSecret | undefined;
}

/** People whom an administrator makes known: nobody but they themselves will know their password. */
@Injectable()
export class NewUsers {
  constructor(
    private readonly commands: CommandBus,
    private readonly secrets: OneTimeSecrets,
  ) {}

  /** @throws UsernameTaken, EmailTaken, InvalidUser, InvalidPlace */
  async register(
    person: Omit<RegisterUserCommand['data'], 'password'>,
    metadata: CommandMetadata,
    options: OrderOptions,
  ): Promise<NewUser> {
    const outcome = await this.commands.execute(new RegisterUserCommand(person, metadata, options));
    const { state, replayed } = outcome;
    if (options.dryRun || replayed || !isRegistered(state)) return { outcome, secret: undefined };
    return { outcome, secret: await this.secrets.put(state.userId, this.secrets.untilIn(state.workspaceId)) };
  }
}
