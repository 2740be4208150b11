import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { DeactivateUser, GrantRole, RevokeRole } from '../../domain/user.commands.js';
import type { User } from '../../domain/user.state.js';
import { AccessState } from '../access-state.js';
import { UserStreams } from '../user-streams.js';

abstract class UserBusCommand<Data> extends Command<Outcome<User>> {
  constructor(
    readonly data: Readonly<Data>,
    readonly metadata: CommandMetadata,
    readonly options: { readonly expectedRevision?: bigint; readonly dryRun?: boolean } = {},
  ) {
    super();
  }
}

export class GrantRoleCommand extends UserBusCommand<GrantRole['data']> {}
export class RevokeRoleCommand extends UserBusCommand<RevokeRole['data']> {}
export class DeactivateUserCommand extends UserBusCommand<DeactivateUser['data']> {}

/** What has changed about a person is known to this process before the answer, to others as soon as they read the log. */
async function known(access: AccessState, decided: Promise<Outcome<User>>): Promise<Outcome<User>> {
  const outcome = await decided;
  await access.reached(outcome.receipt.position);
  return outcome;
}

@CommandHandler(GrantRoleCommand)
export class GrantRoleHandler implements ICommandHandler<GrantRoleCommand> {
  constructor(
    private readonly users: UserStreams,
    private readonly access: AccessState,
  ) {}

  execute({ data, metadata, options }: GrantRoleCommand) {
    const order = { type: 'GrantRole', data, facts: {}, metadata } as const;
    return known(this.access, this.users.handle(data.userId, order, options));
  }
}

@CommandHandler(RevokeRoleCommand)
export class RevokeRoleHandler implements ICommandHandler<RevokeRoleCommand> {
  constructor(
    private readonly users: UserStreams,
    private readonly access: AccessState,
  ) {}

  execute({ data, metadata, options }: RevokeRoleCommand) {
    const order = { type: 'RevokeRole', data, facts: {}, metadata } as const;
    return known(this.access, this.users.handle(data.userId, order, options));
  }
}

@CommandHandler(DeactivateUserCommand)
export class DeactivateUserHandler implements ICommandHandler<DeactivateUserCommand> {
  constructor(
    private readonly users: UserStreams,
    private readonly access: AccessState,
  ) {}

  execute({ data, metadata, options }: DeactivateUserCommand) {
    const order = { type: 'DeactivateUser', data, facts: {}, metadata } as const;
    return known(this.access, this.users.handle(data.userId, order, options));
  }
}
