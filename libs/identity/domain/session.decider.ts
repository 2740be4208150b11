import type { Decider } from '#libs/kernel/domain/decider';
import type { Command } from '#libs/kernel/domain/message';
import type { RevocationCause, SessionEvent } from './session.events.js';

export type RevokeSession = Command<
  'RevokeSession',
  { sessionId: string; userId: string; cause: RevocationCause },
  Readonly<Record<never, never>>
>;

/** Whether a session was ended before its time. */
export type SessionState = 'running' | 'revoked';

export const sessionDecider: Decider<SessionState, RevokeSession, SessionEvent> = {
  initialState: 'running',
  evolve: () => 'revoked',
  decide: ({ data, metadata }, session) =>
    session === 'revoked' ? [] : [{ type: 'SessionRevoked', data: { ...data, at: metadata.now } }],
};
