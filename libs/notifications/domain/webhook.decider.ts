import type { Decider } from '#libs/kernel/domain/decider';
import { derivedId } from '#libs/kernel/domain/ids';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { WebhookNotFound, WebhookStateRefused } from './notification.errors.js';
import { checkedEvents } from './offered-events.js';
import type { ChangeWebhook, RegisterWebhook, ReplayWebhook, WebhookCommand } from './webhook.commands.js';
import type { WebhookEvent } from './webhook.events.js';
import { evolve, isKnown, noWebhook, type KnownWebhook, type Webhook } from './webhook.state.js';

/** How long the secret before goes on signing beside the new one. */
const BOTH_SECRETS_MS = 24 * 60 * 60 * 1000;

/** Active ones of a workspace: each is told of everything it asked for, so that many of them slow down everybody's. */
export const MOST_WEBHOOKS = 50;

function register({ data, facts, metadata }: RegisterWebhook, webhook: Webhook): WebhookEvent[] {
  if (isKnown(webhook)) throw new WebhookStateRefused('This webhook is registered.');
  guardCompany(facts.active);
  const { webhookId, name } = data;
  const events = checkedEvents(data.events);
  const { origin, addressId, secretId } = facts;
  const registered = { webhookId, name, origin, addressId, secretId, events };
  return [{ type: 'WebhookRegistered', data: { ...registered, registeredBy: metadata.actor.id, at: metadata.now } }];
}

function guardCompany(active: number): void {
  if (active < MOST_WEBHOOKS) return;
  throw new WebhookStateRefused(
    `This workspace has ${active} active webhooks; there may be ${MOST_WEBHOOKS}. Deactivate one that is not needed.`,
    { active, limit: MOST_WEBHOOKS },
  );
}

function change({ data, facts, metadata }: ChangeWebhook, webhook: KnownWebhook): WebhookEvent[] {
  const { webhookId, origin, addressId } = webhook;
  const after = {
    name: data.name ?? webhook.name,
    events: data.events === undefined ? [...webhook.events] : checkedEvents(data.events),
    origin: facts.address?.origin ?? origin,
    addressId: facts.address?.addressId ?? addressId,
  };
  const isSame =
    after.name === webhook.name &&
    after.addressId === addressId &&
    after.events.toSorted().join() === webhook.events.toSorted().join();
  if (isSame) return [];
  const { actor, now } = metadata;
  return [{ type: 'WebhookChanged', data: { webhookId, ...after, changedBy: actor.id, at: now } }];
}

function replay({ data, facts, metadata }: ReplayWebhook, webhook: KnownWebhook): WebhookEvent[] {
  if (webhook.status === 'inactive') throw new WebhookStateRefused('Activate the webhook first.');
  const replayId = derivedId(metadata.commandId, 'replay', 0);
  const { webhookId, after } = data;
  const { until } = facts;
  const requested = { webhookId, replayId, after, until, requestedBy: metadata.actor.id, at: metadata.now };
  return [{ type: 'WebhookReplayRequested', data: requested }];
}

/** A webhook from its registration on. */
export const webhookDecider: Decider<Webhook, WebhookCommand, WebhookEvent> = {
  initialState: noWebhook,
  evolve,
  decide(command, webhook) {
    if (command.type === 'RegisterWebhook') return register(command, webhook);
    if (!isKnown(webhook)) throw new WebhookNotFound();
    const { actor, now: at } = command.metadata;
    const { webhookId } = webhook;
    switch (command.type) {
      case 'ChangeWebhook':
        return change(command, webhook);
      case 'RotateWebhookSecret': {
        const previousUntil = new Date(Date.parse(at) + BOTH_SECRETS_MS).toISOString();
        const { secretId } = command.facts;
        const rotated = { webhookId, secretId, previousUntil, rotatedBy: actor.id, at };
        return [{ type: 'WebhookSecretRotated', data: rotated }];
      }
      case 'DeactivateWebhook': {
        if (webhook.status === 'inactive') return [];
        const { reason } = command.data;
        const why = reason === undefined ? {} : { reason };
        return [{ type: 'WebhookDeactivated', data: { webhookId, ...why, deactivatedBy: actor.id, at } }];
      }
      case 'ActivateWebhook':
        if (webhook.status === 'active') return [];
        guardCompany(command.facts.active);
        return [{ type: 'WebhookActivated', data: { webhookId, activatedBy: actor.id, at } }];
      case 'ReplayWebhook':
        return replay(command, webhook);
      default:
        return unreachable(command);
    }
  },
};
