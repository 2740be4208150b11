import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';

/* A sign-in (`session-{sessionId}`): that it was opened, and its end when that comes before its time. */

export const waysToOpen = ['password', 'client-secret'] as const;
export type OpenedBy = (typeof waysToOpen)[number];

export const SessionOpened = defineEvent('SessionOpened', {
  schema: Type.Object(
    {
      sessionId: Type.String(),
      userId: Type.String(),
      by: Type.Unsafe<OpenedBy>(Type.Union(waysToOpen.map((way) => Type.Literal(way)))),
      address: Type.Optional(personal(Type.String())),
      at: Type.String(),
    },
    { additionalProperties: false },
  ),
  sample: {
    sessionId: '0192c7a0-0000-7000-8000-000000000001',
    userId: 'usr_ann',
    by: 'password',
    address: '192.0.2.7',
    at: '2026-11-22T09:00:00.000Z',
  },
});

/**
 * `logout`: by its own token. `revoked`: by its owner from another session, or by an administrator. `reuse`: a refresh
 * token came a second time, so that somebody else may hold the family.
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

export const sessionEvents = [SessionOpened, SessionRevoked] as const;
export type SessionEvent = EventsOf<typeof sessionEvents>;
