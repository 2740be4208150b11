import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { derivedId } from '#libs/kernel/domain/ids';
import { checkedEvents } from '../../domain/offered-events.js';
import { SealedAddresses } from '../sealed-addresses.js';
import { webhookKeyRef, WebhookStreams } from '../webhook-streams.js';
import { WebhooksListed } from '../webhooks-listed.js';
import { WebhookBusCommand, type WebhookOutcome } from './webhook-bus-command.js';

export class RegisterWebhookCommand extends WebhookBusCommand<{
  name: string;
  url: string;
  events: readonly string[];
}> {}

/** Seals address and secret first: what the event names is there when it is read. */
@CommandHandler(RegisterWebhookCommand)
export class RegisterWebhookHandler implements ICommandHandler<RegisterWebhookCommand> {
  constructor(
    private readonly webhooks: WebhookStreams,
    private readonly addresses: SealedAddresses,
    private readonly listed: WebhooksListed,
  ) {}

  async execute({ data, metadata, options }: RegisterWebhookCommand): Promise<WebhookOutcome> {
    checkedEvents(data.events);
    const active = await this.listed.active(metadata.workspaceId);
    const webhookId = derivedId(metadata.commandId, 'webhook', 0);
    const keeping = { keyRef: webhookKeyRef(webhookId), metadata, dryRun: options.dryRun };
    const address = await this.addresses.keep(data.url, '/url', keeping);
    const { secretId, secret } = await this.addresses.makeSecret(keeping);
    const { name, events } = data;
    const outcome = await this.webhooks.handle(
      webhookId,
      { type: 'RegisterWebhook', data: { webhookId, name, events }, facts: { ...address, secretId, active }, metadata },
      options,
    );
    return outcome.replayed || options.dryRun ? outcome : { ...outcome, secret };
  }
}
