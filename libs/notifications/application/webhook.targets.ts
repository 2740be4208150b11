import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { Deliveries } from './deliveries.js';
import { Replays } from './replays.js';
import { REPLAY_TARGET, WEBHOOK_TARGET } from './webhook-feed.js';

type Call = Parameters<CommandTarget['execute']>[0];

/** Puts a message for a webhook among the deliveries: no call goes out while the outbox holds its rows. */
@Injectable()
export class WebhookTarget implements CommandTarget {
  readonly name = WEBHOOK_TARGET;

  constructor(private readonly deliveries: Deliveries) {}

  async execute({ id, workspaceId, payload }: Call): Promise<boolean> {
    const { webhookId, eventId, eventType, message } = payload as {
      webhookId: string;
      eventId: string;
      eventType: string;
      message: JsonObject;
    };
    const delivery = { id, workspaceId, target: webhookId, eventId, eventType, payload: message };
    return (await this.deliveries.queue([{ ...delivery, channel: 'webhook' }])) > 0;
  }
}

@Injectable()
export class ReplayTarget implements CommandTarget {
  readonly name = REPLAY_TARGET;

  constructor(private readonly replays: Replays) {}

  execute({ id, workspaceId, payload }: Call): Promise<boolean> {
    const { webhookId, types, after, until } = payload as {
      webhookId: string;
      types: string[];
      after: string;
      until: string;
    };
    return this.replays.begin({ id, workspaceId, webhookId, types, after, until });
  }
}
