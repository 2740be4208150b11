import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { checkPassword } from '../../domain/password.js';
import type { Role } from '../../domain/permissions.js';
import type { User } from '../../domain/user.state.js';
import { AccessState } from '../access-state.js';
import { Credentials } from '../credentials.js';
import { Passwords } from '../passwords.js';
import { ROOT_BRANCH } from '../row-access.js';
import { HashingSlots } from '../slots.js';
import { UserStreams } from '../user-streams.js';
import { UsernameClaims } from '../username-claims.js';

/** Makes a person known in the workspace of the metadata, and able to sign in when a password comes with it. */
export class RegisterUserCommand extends Command<Outcome<User>> {
  constructor(
    readonly data: {
      username: string;
      password?: string;
      displayName?: string;
      roles: readonly Role[];
      /** The root branch unless told. */
      branchId?: string;
      managerId?: string;
    },
    readonly metadata: CommandMetadata,
  ) {
    super();
  }
}

/** The person first, the password after: a retry of the same command finds the person and sets the password again. */
@CommandHandler(RegisterUserCommand)
export class RegisterUserHandler implements ICommandHandler<RegisterUserCommand> {
  constructor(
    private readonly users: UserStreams,
    private readonly claims: UsernameClaims,
    private readonly slots: HashingSlots,
    private readonly passwords: Passwords,
    private readonly credentials: Credentials,
    private readonly access: AccessState,
  ) {}

  async execute({ data, metadata }: RegisterUserCommand): Promise<Outcome<User>> {
    const { password, branchId = ROOT_BRANCH, ...person } = data;
    if (password !== undefined) checkPassword(password, data.username);
    const userId = derivedId(metadata.commandId, 'user', 0);
    const outcome = await this.users.handle(
      userId,
      { type: 'RegisterUser', data: { ...person, branchId, userId }, facts: {}, metadata },
      { claim: await this.claims.of(data.username) },
    );
    if (password !== undefined) {
      const hash = await this.slots.run(() => this.passwords.hash(password));
      await this.credentials.put(userId, hash, new Date(metadata.now));
    }
    await this.access.reached(outcome.receipt.position);
    return outcome;
  }
}
