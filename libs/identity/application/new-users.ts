import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Role } from '../domain/permissions.js';
import { isRegistered, type User } from '../domain/user.state.js';
import { RegisterUserCommand } from './commands/register-user.handler.js';
import { OneTimeSecrets, type OneTimeSecret } from './one-time-secrets.js';
import { Places } from './places.js';
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
    private readonly places: Places,
  ) {}

  /**
   * With the roles of the position, unless told.
   * @throws UsernameTaken, EmailTaken, InvalidUser, InvalidPlace
   */
  async register(
    { roles, ...details }: Omit<RegisterUserCommand['data'], 'password' | 'roles'> & { roles?: readonly Role[] },
    metadata: CommandMetadata,
    options: OrderOptions,
  ): Promise<NewUser> {
    const { positionId } = details;
    const byPosition = positionId === undefined ? [] : this.places.rolesOf(metadata.workspaceId, positionId);
    const person = { ...details, roles: roles ?? (byPosition as readonly Role[]) };
    const outcome = await this.commands.execute(new RegisterUserCommand(person, metadata, options));
    const { state, replayed } = outcome;
    if (options.dryRun || replayed || !isRegistered(state)) return { outcome, secret: undefined };
    return { outcome, secret: await this.secrets.put(state.userId, this.secrets.untilIn(state.workspaceId)) };
  }
}
