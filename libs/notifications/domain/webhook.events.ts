import { Type, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';

/*
 * What a webhook's stream (`webhook-{id}`) may hold. Its address and its secrets are not here, because whoever may read
 * the log could then write in our name: events name them by the ids under which they are sealed elsewhere.
 */

const Id = Type.String();
const Instant = Type.String();
const Types = Type.Array(Type.String());
const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

const at = '2026-11-22T09:00:00.000Z';
const webhookId = '0192c7a0-0000-5000-8000-000000000002';
const addressId = '0192c7a0-0000-5000-8000-000000000003';
const secretId = '0192c7a0-0000-5000-8000-000000000004';

export const WebhookRegistered = defineEvent('WebhookRegistered', {
  schema: Strict({
    webhookId: Id,
    name: Type.String(),
    /** Scheme, host and port; the rest of the address may be a secret. */
    origin: Type.String(),
    addressId: Id,
    secretId: Id,
    /** Event types, or `*` for all that are offered. */
    events: Types,
    registeredBy: Id,
    at: Instant,
  }),
  sample: {
    webhookId,
    name: 'Core banking',
    origin: 'https://bank.example.com',
    addressId,
    secretId,
    events: ['ReviewApproved', 'ReviewRejected'],
    registeredBy: 'usr_admin',
    at,
  },
});

export const WebhookChanged = defineEvent('WebhookChanged', {
  schema: Strict({
    webhookId: Id,
    name: Type.String(),
    origin: Type.String(),
    addressId: Id,
    events: Types,
    changedBy: Id,
    at: Instant,
  }),
  sample: {
    webhookId,
    name: 'Core banking',
    origin: 'https://bank.example.com',
    addressId,
    events: ['*'],
    changedBy: 'usr_admin',
    at,
  },
});

/** Messages are signed with both secrets until the old one ends, so that the receiver can change over in peace. */
export const WebhookSecretRotated = defineEvent('WebhookSecretRotated', {
  schema: Strict({ webhookId: Id, secretId: Id, previousUntil: Instant, rotatedBy: Id, at: Instant }),
  sample: { webhookId, secretId, previousUntil: '2026-11-23T09:00:00.000Z', rotatedBy: 'usr_admin', at },
});

export const WebhookDeactivated = defineEvent('WebhookDeactivated', {
  schema: Strict({ webhookId: Id, reason: Type.Optional(personal(Type.String())), deactivatedBy: Id, at: Instant }),
  sample: { webhookId, reason: 'Being replaced', deactivatedBy: 'usr_admin', at },
});

export const WebhookActivated = defineEvent('WebhookActivated', {
  schema: Strict({ webhookId: Id, activatedBy: Id, at: Instant }),
  sample: { webhookId, activatedBy: 'usr_admin', at },
});

/** Everything after a position is sent again, up to where the log ended then. */
export const WebhookReplayRequested = defineEvent('WebhookReplayRequested', {
  schema: Strict({
    webhookId: Id,
    replayId: Id,
    after: Type.String(),
    until: Type.String(),
    requestedBy: Id,
    at: Instant,
  }),
  sample: {
    webhookId,
    replayId: '0192c7a0-0000-5000-8000-000000000005',
    after: '4711',
    until: '4800',
    requestedBy: 'usr_admin',
    at,
  },
});

export const webhookEvents = [
  WebhookRegistered,
  WebhookChanged,
  WebhookSecretRotated,
  WebhookDeactivated,
  WebhookActivated,
  WebhookReplayRequested,
] as const;
export type WebhookEvent = EventsOf<typeof webhookEvents>;
