import type { Command } from '#libs/kernel/domain/message';
import type { Role } from './permissions.js';

type NoFacts = Readonly<Record<never, never>>;

/** Make a person known, with the roles held from the start. */
export type RegisterUser = Command<
  'RegisterUser',
  {
    userId: string;
    username: string;
    displayName?: string;
    roles: readonly Role[];
    branchId: string;
    managerId?: string;
  },
  NoFacts
>;

/** `to`: the instant from which it is held no more; without it, for good. */
export type GrantRole = Command<'GrantRole', { userId: string; role: Role; to?: string; reason?: string }, NoFacts>;

export type RevokeRole = Command<'RevokeRole', { userId: string; role: Role; reason?: string }, NoFacts>;

export type DeactivateUser = Command<'DeactivateUser', { userId: string; reason?: string }, NoFacts>;

export type UserCommand = RegisterUser | GrantRole | RevokeRole | DeactivateUser;
