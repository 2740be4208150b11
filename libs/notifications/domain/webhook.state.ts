import { unreachable } from '#libs/kernel/domain/unreachable';
import type { WebhookEvent } from './webhook.events.js';

export type Webhook = NoWebhook | KnownWebhook;
type NoWebhook = Readonly<{ status: 'unknown' }>;

export interface KnownWebhook {
  readonly status: 'active' | 'inactive';
  readonly webhookId: string;
  readonly name: string;
  readonly origin: string;
  readonly addressId: string;
  /** Newest first; `until`: the first instant at which it is used no more, null for the one in use. */
  readonly secrets: readonly Readonly<{ secretId: string; until: string | null }>[];
  readonly events: readonly string[];
  readonly registeredBy: string;
  readonly registeredAt: string;
  readonly changedBy: string;
  readonly changedAt: string;
}

/** However often a secret is changed within a day: a signature for each goes into one header. */
const MOST_SECRETS = 5;

export const noWebhook: Webhook = { status: 'unknown' };

export const isKnown = (webhook: Webhook): webhook is KnownWebhook => webhook.status !== 'unknown';

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(webhook: Webhook, { type, data }: WebhookEvent): Webhook {
  if (type === 'WebhookRegistered') {
    const { webhookId, name, origin, addressId, secretId, events, registeredBy, at } = data;
    return {
      status: 'active',
      webhookId,
      name,
      origin,
      addressId,
      secrets: [{ secretId, until: null }],
      events,
      registeredBy,
      registeredAt: at,
      changedBy: registeredBy,
      changedAt: at,
    };
  }
  if (!isKnown(webhook)) return webhook;
  switch (type) {
    case 'WebhookChanged': {
      const { name, origin, addressId, events, changedBy, at } = data;
      return { ...webhook, name, origin, addressId, events, changedBy, changedAt: at };
    }
    case 'WebhookSecretRotated': {
      const { secretId, previousUntil, rotatedBy, at } = data;
      // What was promised to an earlier one holds, though it is changed again meanwhile: its receiver may not know yet.
      const before = webhook.secrets
        .map((secret) => ({ ...secret, until: secret.until ?? previousUntil }))
        .filter(({ until }) => at < until);
      const secrets = [{ secretId, until: null }, ...before].slice(0, MOST_SECRETS);
      return { ...webhook, secrets, changedBy: rotatedBy, changedAt: at };
    }
    case 'WebhookDeactivated':
      return { ...webhook, status: 'inactive', changedBy: data.deactivatedBy, changedAt: data.at };
    case 'WebhookActivated':
      return { ...webhook, status: 'active', changedBy: data.activatedBy, changedAt: data.at };
    case 'WebhookReplayRequested':
      return webhook;
    default:
      return unreachable(type);
  }
}
