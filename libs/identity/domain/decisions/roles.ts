import { InvalidUser, LastAdministrator, UserNotActive } from '../identity.errors.js';
import type { AdministratorFacts, GrantRole, RevokeRole } from '../user.commands.js';
import type { UserEvent } from '../user.events.js';
import { evolve, holdsForGood, isRegistered, type Registered, type User } from '../user.state.js';

export const ADMINISTRATOR = 'admin';

/** What a program may do and what a person may do are never in one hand. @throws InvalidUser */
export function refuseMixed(roles: readonly string[]): void {
  if (roles.includes('assistant') && roles.some((role) => role !== 'assistant'))
    throw new InvalidUser('/roles', 'An assistant holds no other role.');
}

/** The event, unless it would leave the workspace without an administrator for good. @throws LastAdministrator */
export function unlessLast(
  event: UserEvent,
  user: Registered,
  { anotherAdministrator }: AdministratorFacts,
  now: string,
): readonly UserEvent[] {
  const after = evolve(user, event);
  const isOne = (it: User) => isRegistered(it) && holdsForGood(it, ADMINISTRATOR, now);
  if (isOne(user) && !staysOne(after) && !anotherAdministrator) throw new LastAdministrator();
  return [event];
}

const staysOne = (user: User): boolean =>
  isRegistered(user) &&
  user.status === 'active' &&
  user.roles.some(({ role, to }) => role === ADMINISTRATOR && to === null);

export function grantRole({ data, facts, metadata }: GrantRole, user: User): readonly UserEvent[] {
  if (!isRegistered(user) || user.status !== 'active') throw new UserNotActive();
  refuseMixed([...user.roles.map(({ role }) => role), data.role]);
  const { now, actor } = metadata;
  const { userId, role, from = now, to = null, reason } = data;
  if (from < now) throw new InvalidUser('/from', 'A role is granted from now on, or from a later time.');
  if (to !== null && to <= from) throw new InvalidUser('/to', 'to must be later than from.');
  const rest = user.roles.filter((it) => it.role === role && (it.to === null || it.to > from));
  if (rest.length === 1 && rest[0]!.from <= from && rest[0]!.to === to) return []; // held so already
  const why = reason === undefined ? {} : { reason };
  const granted = {
    type: 'RoleGranted',
    data: { userId, role, from, to, grantedBy: actor.id, ...why, at: now },
  } as const;
  return unlessLast(granted, user, facts, now);
}

export function revokeRole({ data, facts, metadata }: RevokeRole, user: User): readonly UserEvent[] {
  if (!isRegistered(user)) throw new UserNotActive();
  const { now, actor } = metadata;
  if (!user.roles.some(({ role, to }) => role === data.role && (to === null || to > now))) return [];
  return unlessLast({ type: 'RoleRevoked', data: { ...data, revokedBy: actor.id, at: now } }, user, facts, now);
}
