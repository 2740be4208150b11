import { Clock } from '#libs/kernel/application/clock';
import { Outbound, type CallResult } from '../application/outbound.js';
import { Receivers } from '../application/receivers.js';
import type { Channel, DueDelivery } from './channel.js';
import { signedHeaders } from './sign.js';

/** Signed messages to programs: Standard Webhooks. */
export class HttpChannel implements Channel {
  readonly names = ['webhook', 'callback'] as const;

  constructor(
    private readonly receivers: Receivers,
    private readonly outbound: Outbound,
    private readonly clock: Clock,
  ) {}

  async send({ id, channel, workspaceId, target, payload }: DueDelivery): Promise<CallResult> {
    const receiver = await this.receivers.find(channel, workspaceId, target);
    if (!receiver) return { outcome: 'failed', error: 'no receiver', status: null, final: true };
    const body = JSON.stringify(payload);
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Countersign-Webhooks/1',
      ...signedHeaders(id, this.clock.now(), body, receiver.secrets),
    };
    return this.outbound.post({ url: receiver.url, headers, body });
  }
}
