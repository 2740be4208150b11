import { checkEmail } from '../email.js';
import { ConcurrentRegistration, UsernameTaken } from '../identity.errors.js';
import type { RegisterUser } from '../user.commands.js';
import type { UserEvent } from '../user.events.js';
import type { User } from '../user.state.js';
import { checkUsername } from '../username.js';
import { checkPlace } from './change-user.js';
import { refuseMixed } from './roles.js';

/** A person becomes known, with each role once, from now on. */
export function registerUser({ data, facts, metadata }: RegisterUser, user: User): readonly UserEvent[] {
  if (user.status === 'abandoned') throw new ConcurrentRegistration();
  if (user.status !== 'unknown') throw new UsernameTaken();
  checkUsername(data.username);
  if (data.email !== undefined) checkEmail(data.email);
  refuseMixed(data.roles);
  checkPlace(data.userId, data, facts);
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
