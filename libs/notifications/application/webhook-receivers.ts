import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import { isKnown } from '../domain/webhook.state.js';
import type { Receiver, ReceiverSource } from './receivers.js';
import { Vault } from './vault.js';
import { WebhookStreams } from './webhook-streams.js';

/** Address and secrets of a registered webhook, while it is active. */
@Injectable()
export class WebhookReceivers implements ReceiverSource {
  readonly channel = 'webhook';

  constructor(
    private readonly webhooks: WebhookStreams,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  async receiverOf(workspaceId: string, webhookId: string): Promise<Receiver | undefined> {
    const { state, workspaceId: owner } = await this.webhooks.load(webhookId);
    if (owner !== workspaceId || !isKnown(state) || state.status === 'inactive') return undefined;
    const now = this.clock.now().toISOString();
    const valid = state.secrets.filter(({ until }) => until === null || now < until);
    const url = await this.vault.open(state.addressId);
    const secrets = await Promise.all(valid.map(({ secretId }) => this.vault.open(secretId)));
    if (typeof url !== 'string') return undefined;
    return { url, secrets: secrets.filter((secret) => typeof secret === 'string') };
  }
}
