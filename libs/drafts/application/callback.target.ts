import { Injectable } from '@nestjs/common';
import type { JsonObject } from '#libs/kernel/domain/json';
import { Deliveries } from '#libs/notifications/application/deliveries';
import type { Receiver, ReceiverSource } from '#libs/notifications/application/receivers';
import { Vault } from '#libs/notifications/application/vault';
import type { CommandTarget } from '#libs/processing/application/process-manager';
import { CALLBACK_TARGET } from './draft-outcomes.js';
import { DraftStreams } from './draft-streams.js';

/** Puts what an assistant is told among the deliveries: it is called from there, however slow it answers. */
@Injectable()
export class CallbackTarget implements CommandTarget {
  readonly name = CALLBACK_TARGET;

  constructor(private readonly deliveries: Deliveries) {}

  async execute({ id, workspaceId, payload }: Parameters<CommandTarget['execute']>[0]): Promise<boolean> {
    const { draftId, eventId, eventType, message } = payload as {
      draftId: string;
      eventId: string;
      eventType: string;
      message: JsonObject;
    };
    const delivery = { id, workspaceId, target: draftId, eventId, eventType, payload: message };
    return (await this.deliveries.queue([{ ...delivery, channel: 'callback' }])) > 0;
  }
}

/** The address and the secret that came with a draft. */
@Injectable()
export class DraftReceivers implements ReceiverSource {
  readonly channel = 'callback';

  constructor(
    private readonly drafts: DraftStreams,
    private readonly vault: Vault,
  ) {}

  async receiverOf(workspaceId: string, draftId: string): Promise<Receiver | undefined> {
    const { state, workspaceId: owner } = await this.drafts.load(draftId);
    if (owner !== workspaceId || state.status !== 'submitted' || !state.callback) return undefined;
    const { addressId, secretId } = state.callback;
    const [url, secret] = await Promise.all([this.vault.open(addressId), this.vault.open(secretId)]);
    return typeof url === 'string' && typeof secret === 'string' ? { url, secrets: [secret] } : undefined;
  }
}
