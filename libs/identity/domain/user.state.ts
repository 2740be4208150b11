import { isErased, type Personal } from '#libs/kernel/domain/personal';
import { unreachable } from '#libs/kernel/domain/unreachable';
import type { RoleHeld, UserEvent } from './user.events.js';

export type User = { readonly status: 'unknown' | 'abandoned' } | Registered;

export const userStatuses = ['active', 'suspended', 'deactivated'] as const;
export type UserStatus = (typeof userStatuses)[number];

/** What is personal about somebody. A member is undefined when nobody told it, or the person's key was destroyed. */
export interface PersonalDetails {
  readonly displayName: string | undefined;
  readonly firstName: string | undefined;
  readonly lastName: string | undefined;
  readonly email: string | undefined;
}

/** Where somebody works, and for whom. */
export interface Place {
  readonly branchId: string;
  readonly departmentId: string | undefined;
  readonly positionId: string | undefined;
  readonly managerId: string | undefined;
}

export interface Absence {
  readonly absenceId: string;
  /** Half-open, canonical UTC. */
  readonly from: string;
  readonly until: string;
  readonly substituteId: string | undefined;
  readonly reason: string | undefined;
}

export interface Registered extends PersonalDetails, Place {
  readonly status: UserStatus;
  readonly userId: string;
  readonly workspaceId: string;
  /** Undefined after the person's key was destroyed. */
  readonly username: string | undefined;
  /** Those that hold or are still to come, and those that ended since the last change. */
  readonly roles: readonly RoleHeld[];
  readonly absences: readonly Absence[];
  readonly registeredAt: string;
}

export const isRegistered = (user: User): user is Registered => 'userId' in user;

export const nobody: User = { status: 'unknown' };

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(user: User, event: UserEvent): User {
  const { type, data } = event;
  if (type === 'UserRegistered') return registered(data);
  if (type === 'RegistrationAbandoned') return { status: 'abandoned' };
  if (!isRegistered(user)) return user;
  switch (type) {
    case 'PersonalDetailsChanged': {
      const { userId: _who, changedBy: _by, at: _at, ...details } = data;
      const told = Object.entries(details).map(([name, value]) => [name, readable(value)]);
      return { ...user, ...Object.fromEntries(told) };
    }
    case 'UserMoved': {
      const { branchId, departmentId, positionId, managerId } = data;
      return {
        ...user,
        branchId,
        departmentId: departmentId ?? undefined,
        positionId: positionId ?? undefined,
        managerId: managerId ?? undefined,
      };
    }
    case 'RoleGranted':
      return { ...user, roles: granted(user.roles, data, data.at) };
    case 'RoleRevoked':
      return { ...user, roles: user.roles.filter(({ role }) => role !== data.role) };
    case 'UserSuspended':
      return { ...user, status: 'suspended' };
    case 'UserDeactivated':
      return { ...user, status: 'deactivated' };
    case 'UserActivated':
      return { ...user, status: 'active' };
    case 'AbsenceEntered': {
      const { absenceId, from, until, substituteId, reason } = data;
      return {
        ...user,
        absences: [...user.absences, { absenceId, from, until, substituteId, reason: readable(reason) }],
      };
    }
    case 'AbsenceEnded':
      return {
        ...user,
        absences: user.absences.flatMap((it) => (it.absenceId === data.absenceId ? cut(it, data.at) : it)),
      };
    default:
      return unreachable(type);
  }
}

type Registration = Extract<UserEvent, { type: 'UserRegistered' }>['data'];

const registered = (data: Registration): Registered => ({
  status: 'active',
  userId: data.userId,
  workspaceId: data.workspaceId,
  username: readable(data.username),
  displayName: readable(data.displayName),
  firstName: readable(data.firstName),
  lastName: readable(data.lastName),
  email: readable(data.email),
  roles: data.roles,
  branchId: data.branchId,
  departmentId: data.departmentId,
  positionId: data.positionId,
  managerId: data.managerId,
  absences: [],
  registeredAt: data.registeredAt,
});

const readable = (value: Personal<string | null> | undefined): string | undefined =>
  value === null || isErased(value) ? undefined : value;

/** What was said before about the time from its beginning on is void; what was over when it was granted is forgotten. */
function granted(held: readonly RoleHeld[], { role, from, to }: RoleHeld, at: string): readonly RoleHeld[] {
  const kept = held.flatMap((it) => {
    if (it.to !== null && it.to <= at) return [];
    if (it.role !== role || (it.to !== null && it.to <= from)) return [it];
    return it.from < from && from > at ? [{ ...it, to: from }] : [];
  });
  return [...kept, { role, from, to }];
}

/** One that had not begun was none. */
const cut = (absence: Absence, at: string): readonly Absence[] =>
  absence.from < at ? [{ ...absence, until: absence.until < at ? absence.until : at }] : [];

/** Names of the roles held at an instant, sorted. */
export const rolesAt = (held: readonly RoleHeld[], instant: string): readonly string[] =>
  held
    .filter(({ from, to }) => from <= instant && (to === null || instant < to))
    .map(({ role }) => role)
    .sort();

/** Whether somebody holds a role with no end to it. */
export const holdsForGood = (user: Registered, role: string, instant: string): boolean =>
  user.status === 'active' && user.roles.some((it) => it.role === role && it.from <= instant && it.to === null);
