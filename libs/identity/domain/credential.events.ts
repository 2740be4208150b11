import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/* What happened to somebody's password (`credential-{userId}`), never the password nor anything made from it. */

/** By its owner, who knew the one before. Every session that was opened until then is over, but the one it was done in. */
export const PasswordChanged = defineEvent('PasswordChanged', {
  schema: Type.Object(
    { userId: Type.String(), keeps: Type.String(), at: Type.String() },
    { additionalProperties: false },
  ),
  sample: {
    userId: 'usr_ann',
    keeps: '0192c7a0-0000-7000-8000-000000000001',
    at: '2026-11-22T09:00:00.000Z',
  },
});

/** By an administrator, who got a one-time secret to hand over. Every session that was opened until then is over. */
export const PasswordReset = defineEvent('PasswordReset', {
  schema: Type.Object(
    { userId: Type.String(), resetBy: Type.String(), until: Type.String(), at: Type.String() },
    { additionalProperties: false },
  ),
  sample: {
    userId: 'usr_ann',
    resetBy: 'usr_admin',
    until: '2026-11-23T09:00:00.000Z',
    at: '2026-11-22T09:00:00.000Z',
  },
});

export const credentialEvents = [PasswordChanged, PasswordReset] as const;
export type CredentialEvent = EventsOf<typeof credentialEvents>;
