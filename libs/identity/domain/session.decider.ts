import type { Decider } from '#libs/kernel/domain/decider';
import type { Command } from '#libs/kernel/domain/message';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { Unauthenticated } from './identity.errors.js';
import type { OpenedBy, RevocationCause, SessionEvent } from './session.events.js';

type NoFacts = Readonly<Record<never, never>>;

export type OpenSession = Command<
  'OpenSession',
  { sessionId: string; userId: string; by: OpenedBy; address?: string },
  NoFacts
>;

export type RevokeSession = Command<
  'RevokeSession',
  { sessionId: string; userId: string; cause: RevocationCause },
  NoFacts
>;

export type SessionCommand = OpenSession | RevokeSession;

/** Whether a session was ended before its time. */
export type SessionState = 'running' | 'revoked';

export const sessionDecider: Decider<SessionState, SessionCommand, SessionEvent> = {
  initialState: 'running',
  evolve: (_, { type }) => (type === 'SessionRevoked' ? 'revoked' : 'running'),
  decide({ type, data, metadata: { now: at } }, session) {
    switch (type) {
      case 'OpenSession':
        // Ended before it was opened, as when the password was replaced on the way.
        if (session === 'revoked') throw new Unauthenticated('The session has ended.');
        return [{ type: 'SessionOpened', data: { ...data, at } }];
      case 'RevokeSession':
        return session === 'revoked' ? [] : [{ type: 'SessionRevoked', data: { ...data, at } }];
      default:
        return unreachable(type);
    }
  },
};
