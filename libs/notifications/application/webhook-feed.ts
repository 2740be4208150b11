import { derivedId } from '#libs/kernel/domain/ids';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction } from '#libs/processing/application/process-manager';
import { offeredEvents, wanted, wants } from '../domain/offered-events.js';
import { thinEvent } from '../domain/thin-event.js';
import type { WebhookEvent } from '../domain/webhook.events.js';

/** The webhooks of a workspace, as far as it takes to know who wants to hear of an event. */
export type Feed = {
  readonly webhooks: { readonly [webhookId: string]: { readonly events: readonly string[]; readonly active: boolean } };
};

type Offered = DomainEvent<(typeof offeredEvents)[number], JsonObject>;

/** Where the messages of this process manager go. */
export const WEBHOOK_TARGET = 'notifications.webhook';
export const REPLAY_TARGET = 'notifications.replay';

/** One message per event and webhook, for ever the same id: the receiver's means against what arrives twice. */
export const deliveryIdOf = (eventId: string, webhookId: string): string => derivedId(eventId, 'webhook', webhookId);

const registry: readonly WebhookEvent['type'][] = [
  'WebhookRegistered',
  'WebhookChanged',
  'WebhookDeactivated',
  'WebhookActivated',
  'WebhookReplayRequested',
];

/**
 * Tells webhooks what they asked for, from the moment they were registered. Who is registered is known from the same
 * log, so that there is one order: no event is told too early or missed, whatever is restarted meanwhile.
 */
export const webhookFeed: ProcessManager<Offered | WebhookEvent, Feed> = {
  name: 'webhook_feed',
  version: 1,
  types: [...offeredEvents, ...registry],
  key: ({ workspaceId }) => workspaceId,
  initialState: { webhooks: {} },
  react(event, feed): Reaction<Feed> {
    const known = (webhookId: string) => feed.webhooks[webhookId];
    const set = (webhookId: string, events: readonly string[], active: boolean): Reaction<Feed> => ({
      state: { webhooks: { ...feed.webhooks, [webhookId]: { events: [...events], active } } },
    });
    switch (event.type) {
      case 'WebhookRegistered':
        return set(event.data.webhookId, event.data.events, true);
      case 'WebhookChanged':
        return set(event.data.webhookId, event.data.events, known(event.data.webhookId)?.active ?? true);
      case 'WebhookDeactivated':
      case 'WebhookActivated': {
        const { webhookId } = event.data;
        return set(webhookId, known(webhookId)?.events ?? [], event.type === 'WebhookActivated');
      }
      case 'WebhookSecretRotated':
        return { state: feed };
      case 'WebhookReplayRequested':
        return { state: feed, outbox: [replayOf(event, known(event.data.webhookId)?.events ?? [])] };
      default:
        return { state: feed, outbox: messagesFor(event, feed) };
    }
  },
};

function messagesFor(event: Recorded<Offered>, { webhooks }: Feed) {
  return Object.entries(webhooks)
    .filter(([, { events, active }]) => active && wants(events, event.type))
    .map(([webhookId]) => ({
      id: deliveryIdOf(event.id, webhookId),
      workspaceId: event.workspaceId,
      target: WEBHOOK_TARGET,
      orderingKey: `${webhookId}/${event.streamId}`,
      payload: { webhookId, eventId: event.id, eventType: event.type, message: thinEvent(event) },
    }));
}

const replayOf = (
  { workspaceId, data }: Recorded<Extract<WebhookEvent, { type: 'WebhookReplayRequested' }>>,
  events: readonly string[],
) => ({
  id: data.replayId,
  workspaceId,
  target: REPLAY_TARGET,
  orderingKey: data.webhookId,
  payload: { webhookId: data.webhookId, types: [...wanted(events)], after: data.after, until: data.until },
});
