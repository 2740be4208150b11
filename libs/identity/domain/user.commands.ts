import type { Command } from '#libs/kernel/domain/message';
import type { Role } from './permissions.js';

type NoFacts = Readonly<Record<never, never>>;

/** What is known of somebody in the workspace of the command. */
export type Standing = 'active' | 'inactive' | 'unknown';

/** What a place is checked against. */
export interface PlaceFacts {
  readonly standingOf: (userId: string) => Standing;
  readonly managerOf: (userId: string) => string | undefined;
  readonly isBranch: (branchId: string) => boolean;
  readonly isDepartment: (departmentId: string) => boolean;
  readonly isPosition: (positionId: string) => boolean;
}

/** A person, and the revision of that person's stream at which it was so. */
export interface Found {
  readonly userId: string;
  readonly revision: bigint;
}

/** What keeps a workspace from being locked for good. */
export interface AdministratorFacts {
  /** Somebody else who is active and holds the role of an administrator with no end to it. */
  readonly anotherAdministrator: Found | undefined;
}

/** Make a person known, with the roles held from the start. */
export type RegisterUser = Command<
  'RegisterUser',
  {
    userId: string;
    username: string;
    displayName?: string;
    firstName?: string;
    lastName?: string;
    email?: string;
    roles: readonly Role[];
    branchId: string;
    departmentId?: string;
    positionId?: string;
    managerId?: string;
  },
  PlaceFacts
>;

/** Only what is given changes; null takes away. */
export type ChangeUser = Command<
  'ChangeUser',
  {
    userId: string;
    displayName?: string | null;
    firstName?: string | null;
    lastName?: string | null;
    email?: string | null;
    branchId?: string;
    departmentId?: string | null;
    positionId?: string | null;
    managerId?: string | null;
  },
  PlaceFacts
>;

/**
 * `from`: now unless told. `to`: the instant from which it is held no more; without it, for good. What was said before
 * about the role and the time after `from` is void.
 */
export type GrantRole = Command<
  'GrantRole',
  { userId: string; role: Role; from?: string; to?: string; reason?: string },
  AdministratorFacts
>;

export type RevokeRole = Command<'RevokeRole', { userId: string; role: Role; reason?: string }, AdministratorFacts>;

export type SuspendUser = Command<'SuspendUser', { userId: string; reason?: string }, AdministratorFacts>;
export type DeactivateUser = Command<'DeactivateUser', { userId: string; reason?: string }, AdministratorFacts>;
export type ActivateUser = Command<'ActivateUser', { userId: string; reason?: string }, NoFacts>;

/** Say that somebody is away, and who acts in that name meanwhile. */
export type EnterAbsence = Command<
  'EnterAbsence',
  { userId: string; absenceId: string; from: string; until: string; substituteId?: string; reason?: string },
  NoFacts
>;

export type EndAbsence = Command<'EndAbsence', { userId: string; absenceId: string }, NoFacts>;

export type UserCommand =
  | RegisterUser
  | ChangeUser
  | GrantRole
  | RevokeRole
  | SuspendUser
  | DeactivateUser
  | ActivateUser
  | EnterAbsence
  | EndAbsence;
