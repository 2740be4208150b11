import { UserNotActive } from '../identity.errors.js';
import type { ActivateUser, DeactivateUser, SuspendUser } from '../user.commands.js';
import type { UserEvent } from '../user.events.js';
import { isRegistered, type User } from '../user.state.js';
import { unlessLast } from './roles.js';

export function suspendUser({ data, facts, metadata }: SuspendUser, user: User): readonly UserEvent[] {
  if (!isRegistered(user) || user.status === 'deactivated') throw new UserNotActive();
  if (user.status === 'suspended') return [];
  const { now: at, actor } = metadata;
  return unlessLast({ type: 'UserSuspended', data: { ...data, suspendedBy: actor.id, at } }, user, facts, at);
}

export function deactivateUser({ data, facts, metadata }: DeactivateUser, user: User): readonly UserEvent[] {
  if (!isRegistered(user)) throw new UserNotActive();
  if (user.status === 'deactivated') return [];
  const { now: at, actor } = metadata;
  return unlessLast({ type: 'UserDeactivated', data: { ...data, deactivatedBy: actor.id, at } }, user, facts, at);
}

export function activateUser({ data, metadata }: ActivateUser, user: User): readonly UserEvent[] {
  if (!isRegistered(user)) throw new UserNotActive();
  if (user.status === 'active') return [];
  return [{ type: 'UserActivated', data: { ...data, activatedBy: metadata.actor.id, at: metadata.now } }];
}
