import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import { checkPassword } from '../../domain/password.js';
import type { RegisterUser } from '../../domain/user.commands.js';
import type { User } from '../../domain/user.state.js';
import { AccessState } from '../access-state.js';
import { Credentials } from '../credentials.js';
import { EmailClaims } from '../email-claims.js';
import { Passwords } from '../passwords.js';
import { ROOT_BRANCH } from '../row-access.js';
import { HashingSlots } from '../slots.js';
import { UserOrders } from '../user-orders.js';
import { UsernameClaims } from '../username-claims.js';
import { UserBusCommand } from './user-bus-command.js';

type Person = Omit<RegisterUser['data'], 'userId' | 'branchId'>;

/**
 * Makes a person known in the workspace of the metadata, and able to sign in when a password comes with it. The root
 * branch unless told.
 */
export class RegisterUserCommand extends UserBusCommand<Person & { branchId?: string; password?: string }> {}

/**
 * The password first, under an id that nobody has yet: whoever is known can sign in. A command that comes again changes
 * no password.
 */
@CommandHandler(RegisterUserCommand)
export class RegisterUserHandler implements ICommandHandler<RegisterUserCommand> {
  constructor(
    private readonly orders: UserOrders,
    private readonly access: AccessState,
    private readonly usernames: UsernameClaims,
    private readonly emails: EmailClaims,
    private readonly slots: HashingSlots,
    private readonly passwords: Passwords,
    private readonly credentials: Credentials,
  ) {}

  async execute({ data, metadata, options }: RegisterUserCommand): Promise<Outcome<User>> {
    const { password, branchId = ROOT_BRANCH, ...person } = data;
    if (password !== undefined) checkPassword(password, data.username);
    const userId = derivedId(metadata.commandId, 'user', 0);
    const claims = [await this.usernames.of(data.username)];
    if (data.email !== undefined) claims.push(await this.emails.of(data.email));
    const order = { type: 'RegisterUser', data: { ...person, branchId, userId }, metadata } as const;
    if (password !== undefined && !options.dryRun && !this.access.user(userId)) {
      const hash = await this.slots.run(() => this.passwords.hash(password));
      await this.credentials.put(userId, hash, new Date(metadata.now));
    }
    return this.orders.send(order, options, claims);
  }
}
