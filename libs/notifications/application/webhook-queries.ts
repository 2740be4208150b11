import { Injectable } from '@nestjs/common';
import type { Page } from '#libs/kernel/application/page';
import { WebhookNotFound } from '../domain/notification.errors.js';
import { isKnown, type KnownWebhook } from '../domain/webhook.state.js';
import { Deliveries, type DeliveryDetail, type DeliveryLine, type DeliveryState } from './deliveries.js';
import { Vault } from './vault.js';
import { WebhookStreams } from './webhook-streams.js';

/** One webhook as its administrator sees it; never a secret. */
export interface WebhookDetail {
  readonly id: string;
  readonly name: string;
  readonly status: KnownWebhook['status'];
  /** Null when it was erased. */
  readonly url: string | null;
  readonly events: readonly string[];
  /** When the secret before the present one stops signing; null when there is none. */
  readonly previousSecretUntil: string | null;
  readonly registeredBy: string;
  readonly registeredAt: string;
  readonly changedBy: string;
  readonly changedAt: string;
}

export interface DeliveriesQuery {
  readonly states?: readonly DeliveryState[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** Strong reads of one webhook, and what became of its messages. Unknown, or not of this workspace: `WebhookNotFound`. */
@Injectable()
export class WebhookQueries {
  constructor(
    private readonly webhooks: WebhookStreams,
    private readonly vault: Vault,
    private readonly log: Deliveries,
  ) {}

  async detail(workspaceId: string, webhookId: string): Promise<{ view: WebhookDetail; revision: bigint }> {
    const { webhook, revision } = await this.find(workspaceId, webhookId);
    const { name, status, events, secrets, registeredBy, registeredAt, changedBy, changedAt } = webhook;
    const url = await this.vault.open(webhook.addressId);
    const view = {
      id: webhookId,
      name,
      status,
      url: typeof url === 'string' ? url : null,
      events,
      previousSecretUntil: secrets[1]?.until ?? null,
      registeredBy,
      registeredAt,
      changedBy,
      changedAt,
    };
    return { view, revision };
  }

  async deliveries(workspaceId: string, webhookId: string, query: DeliveriesQuery): Promise<Page<DeliveryLine>> {
    await this.find(workspaceId, webhookId);
    return this.log.list({ ...query, ...of(workspaceId, webhookId) });
  }

  async delivery(workspaceId: string, webhookId: string, deliveryId: string): Promise<DeliveryDetail> {
    await this.find(workspaceId, webhookId);
    const found = await this.log.find(of(workspaceId, webhookId), deliveryId);
    if (!found) throw new WebhookNotFound('There is no such delivery, or it is no longer kept.');
    return found;
  }

  /** Tries it again at once, also when it was given up. */
  async retry(workspaceId: string, webhookId: string, deliveryId: string): Promise<DeliveryDetail> {
    await this.find(workspaceId, webhookId);
    if (!(await this.log.retry(of(workspaceId, webhookId), deliveryId)))
      throw new WebhookNotFound('There is no such delivery, or it is no longer kept.');
    return this.delivery(workspaceId, webhookId, deliveryId);
  }

  private async find(workspaceId: string, webhookId: string): Promise<{ webhook: KnownWebhook; revision: bigint }> {
    const { state, revision } = await this.webhooks.load(webhookId, { workspaceId });
    if (!isKnown(state)) throw new WebhookNotFound();
    return { webhook: state, revision };
  }
}

const of = (workspaceId: string, target: string) => ({ workspaceId, channel: 'webhook', target }) as const;
