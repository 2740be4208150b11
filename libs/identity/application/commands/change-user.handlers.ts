import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type {
  ActivateUser,
  ChangeUser,
  DeactivateUser,
  GrantRole,
  RevokeRole,
  SuspendUser,
} from '../../domain/user.commands.js';
import { EmailClaims } from '../email-claims.js';
import { UserOrders } from '../user-orders.js';
import { UserBusCommand } from './user-bus-command.js';

export class ChangeUserCommand extends UserBusCommand<ChangeUser['data']> {}
/** `from` and `to` are any RFC 3339 times. */
export class GrantRoleCommand extends UserBusCommand<GrantRole['data']> {}
export class RevokeRoleCommand extends UserBusCommand<RevokeRole['data']> {}
export class SuspendUserCommand extends UserBusCommand<SuspendUser['data']> {}
export class DeactivateUserCommand extends UserBusCommand<DeactivateUser['data']> {}
export class ActivateUserCommand extends UserBusCommand<ActivateUser['data']> {}

@CommandHandler(ChangeUserCommand)
export class ChangeUserHandler implements ICommandHandler<ChangeUserCommand> {
  constructor(
    private readonly orders: UserOrders,
    private readonly emails: EmailClaims,
  ) {}

  async execute({ data, metadata, options }: ChangeUserCommand) {
    const claims = typeof data.email === 'string' ? [await this.emails.of(data.email)] : [];
    return this.orders.send({ type: 'ChangeUser', data, metadata }, options, claims);
  }
}

@CommandHandler(GrantRoleCommand)
export class GrantRoleHandler implements ICommandHandler<GrantRoleCommand> {
  constructor(private readonly orders: UserOrders) {}

  execute({ data: { from, to, ...data }, metadata, options }: GrantRoleCommand) {
    const times = { ...(from !== undefined && { from: utc(from) }), ...(to !== undefined && { to: utc(to) }) };
    return this.orders.send({ type: 'GrantRole', data: { ...data, ...times }, metadata }, options);
  }
}

/** Roles are compared with instants as text. */
const utc = (instant: string): string => new Date(instant).toISOString();

@CommandHandler(RevokeRoleCommand)
export class RevokeRoleHandler implements ICommandHandler<RevokeRoleCommand> {
  constructor(private readonly orders: UserOrders) {}

  execute({ data, metadata, options }: RevokeRoleCommand) {
    return this.orders.send({ type: 'RevokeRole', data, metadata }, options);
  }
}

@CommandHandler(SuspendUserCommand)
export class SuspendUserHandler implements ICommandHandler<SuspendUserCommand> {
  constructor(private readonly orders: UserOrders) {}

  execute({ data, metadata, options }: SuspendUserCommand) {
    return this.orders.send({ type: 'SuspendUser', data, metadata }, options);
  }
}

@CommandHandler(DeactivateUserCommand)
export class DeactivateUserHandler implements ICommandHandler<DeactivateUserCommand> {
  constructor(private readonly orders: UserOrders) {}

  execute({ data, metadata, options }: DeactivateUserCommand) {
    return this.orders.send({ type: 'DeactivateUser', data, metadata }, options);
  }
}

@CommandHandler(ActivateUserCommand)
export class ActivateUserHandler implements ICommandHandler<ActivateUserCommand> {
  constructor(private readonly orders: UserOrders) {}

  execute({ data, metadata, options }: ActivateUserCommand) {
    return this.orders.send({ type: 'ActivateUser', data, metadata }, options);
  }
}

export const changeUserHandlers = [
  ChangeUserHandler,
  GrantRoleHandler,
  RevokeRoleHandler,
  SuspendUserHandler,
  DeactivateUserHandler,
  ActivateUserHandler,
];
