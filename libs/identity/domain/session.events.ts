import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/* What happens to a sign-in (`session-{sessionId}`) that others must learn of: its end. */

/**
 * `logout`: by its own token. `revoked`: by its owner from another session. `reuse`: a refresh token came a second time,
 * so that somebody else may hold the family.
 */
export const revocationCauses = ['logout', 'revoked', 'reuse'] as const;
export type RevocationCause = (typeof revocationCauses)[number];

/** The end of a session before its time: every token of it is refused from now on, in every process that reads the log. */
export const SessionRevoked = defineEvent('SessionRevoked', {
  version: 2,
  upcast: { 1: (data) => data },
  schema: Type.Object(
    {
      sessionId: Type.String(),
      userId: Type.String(),
      cause: Type.Unsafe<RevocationCause>(Type.Union(revocationCauses.map((cause) => Type.Literal(cause)))),
      at: Type.String(),
    },
    { additionalProperties: false },
  ),
  sample: {
    sessionId: '0192c7a0-0000-7000-8000-000000000001',
    userId: 'usr_ann',
    cause: 'logout',
    at: '2026-11-22T17:00:00.000Z',
  },
});

export const sessionEvents = [SessionRevoked] as const;
export type SessionEvent = EventsOf<typeof sessionEvents>;
