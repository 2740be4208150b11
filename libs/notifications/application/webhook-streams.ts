import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import type { WebhookCommand } from '../domain/webhook.commands.js';
import { webhookDecider } from '../domain/webhook.decider.js';
import type { WebhookEvent } from '../domain/webhook.events.js';
import type { Webhook } from '../domain/webhook.state.js';

/** Whose key seals what belongs to a webhook. */
export const webhookKeyRef = (webhookId: string): string => derivedId('webhook', webhookId);

/** The streams `webhook-{id}`. */
@Injectable()
export class WebhookStreams extends StreamHandler<Webhook, WebhookCommand, WebhookEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'webhook',
      decider: webhookDecider,
      creates: ({ type }) => type === 'RegisterWebhook',
      dataSubject: (_, { data }) => webhookKeyRef(data.webhookId),
    });
  }
}
