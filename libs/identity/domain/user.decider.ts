import type { Decider } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { ConcurrentRegistration, InvalidUser, UserNotActive, UsernameTaken } from './identity.errors.js';
import type { DeactivateUser, GrantRole, RegisterUser, RevokeRole, UserCommand } from './user.commands.js';
import type { UserEvent } from './user.events.js';
import { evolve, isRegistered, nobody, rolesAt, type User } from './user.state.js';
import { checkUsername } from './username.js';

/** What a program may do and what a person may do are never in one hand. @throws InvalidUser */
function refuseMixed(roles: readonly string[]): void {
  if (roles.includes('assistant') && roles.some((role) => role !== 'assistant'))
    throw new InvalidUser('/roles', 'An assistant holds no other role.');
}

function register({ data, metadata }: RegisterUser, user: User): UserEvent[] {
  if (user.status === 'abandoned') throw new ConcurrentRegistration();
  if (user.status !== 'unknown') throw new UsernameTaken();
  checkUsername(data.username);
  refuseMixed(data.roles);
  const { roles, ...person } = data;
  return [
    {
      type: 'UserRegistered',
      data: {
        ...person,
        workspaceId: metadata.workspaceId,
        roles: [...new Set(roles)].map((role) => ({ role, from: metadata.now, to: null })),
        registeredBy: metadata.actor.id,
        registeredAt: metadata.now,
      },
    },
  ];
}

function grant({ data, metadata }: GrantRole, user: User): UserEvent[] {
  if (user.status !== 'active') throw new UserNotActive();
  refuseMixed([...user.roles.map(({ role }) => role), data.role]);
  const { userId, role, to = null, reason } = data;
  const held = user.roles.find((each) => each.role === role);
  if (held?.to === to && rolesAt(user.roles, metadata.now).includes(role)) return []; // held so already
  const why = reason === undefined ? {} : { reason };
  const { now, actor } = metadata;
  return [{ type: 'RoleGranted', data: { userId, role, from: now, to, grantedBy: actor.id, ...why, at: now } }];
}

function revoke({ data, metadata }: RevokeRole, user: User): UserEvent[] {
  if (!isRegistered(user)) throw new UserNotActive();
  if (!user.roles.some(({ role }) => role === data.role)) return [];
  return [{ type: 'RoleRevoked', data: { ...data, revokedBy: metadata.actor.id, at: metadata.now } }];
}

function deactivate({ data, metadata }: DeactivateUser, user: User): UserEvent[] {
  if (!isRegistered(user)) throw new UserNotActive();
  if (user.status === 'deactivated') return [];
  return [{ type: 'UserDeactivated', data: { ...data, deactivatedBy: metadata.actor.id, at: metadata.now } }];
}

export const userDecider: Decider<User, UserCommand, UserEvent> = {
  initialState: nobody,
  evolve,
  decide(command, user) {
    switch (command.type) {
      case 'RegisterUser':
        return register(command, user);
      case 'GrantRole':
        return grant(command, user);
      case 'RevokeRole':
        return revoke(command, user);
      case 'DeactivateUser':
        return deactivate(command, user);
      default:
        return unreachable(command);
    }
  },
};
