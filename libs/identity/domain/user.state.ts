import { isErased } from '#libs/kernel/domain/personal';
import { unreachable } from '#libs/kernel/domain/unreachable';
import type { RoleHeld, UserEvent } from './user.events.js';

export type User = { readonly status: 'unknown' | 'abandoned' } | Registered;

export type Registered = {
  readonly status: 'active' | 'deactivated';
  readonly userId: string;
  readonly workspaceId: string;
  /** Undefined after the person's key was destroyed. */
  readonly username: string | undefined;
  readonly displayName: string | undefined;
  readonly roles: readonly RoleHeld[];
  readonly branchId: string;
  readonly managerId: string | undefined;
};

export const isRegistered = (user: User): user is Registered =>
  user.status === 'active' || user.status === 'deactivated';

export const nobody: User = { status: 'unknown' };

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(user: User, event: UserEvent): User {
  const { type, data } = event;
  if (type === 'UserRegistered') {
    const { userId, workspaceId, username, displayName, roles, branchId, managerId } = data;
    return {
      status: 'active',
      userId,
      workspaceId,
      username: isErased(username) ? undefined : username,
      displayName: isErased(displayName) ? undefined : displayName,
      roles,
      branchId,
      managerId,
    };
  }
  if (type === 'RegistrationAbandoned') return { status: 'abandoned' };
  if (!isRegistered(user)) return user;
  switch (type) {
    case 'RoleGranted': {
      const { role, from, to } = data;
      return { ...user, roles: [...user.roles.filter((held) => held.role !== role), { role, from, to }] };
    }
    case 'RoleRevoked':
      return { ...user, roles: user.roles.filter(({ role }) => role !== data.role) };
    case 'UserDeactivated':
      return { ...user, status: 'deactivated' };
    default:
      return unreachable(type);
  }
}

/** Names of the roles held at an instant, sorted. */
export const rolesAt = (held: readonly RoleHeld[], instant: string): readonly string[] =>
  held
    .filter(({ from, to }) => from <= instant && (to === null || instant < to))
    .map(({ role }) => role)
    .sort();
