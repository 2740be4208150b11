import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SealedAddresses } from '../sealed-addresses.js';
import { webhookKeyRef, WebhookStreams } from '../webhook-streams.js';
import { WebhookBusCommand } from './webhook-bus-command.js';

export class ChangeWebhookCommand extends WebhookBusCommand<{
  webhookId: string;
  name?: string;
  url?: string;
  events?: readonly string[];
}> {}

@CommandHandler(ChangeWebhookCommand)
export class ChangeWebhookHandler implements ICommandHandler<ChangeWebhookCommand> {
  constructor(
    private readonly webhooks: WebhookStreams,
    private readonly addresses: SealedAddresses,
  ) {}

  async execute({ data: { url, ...data }, metadata, options }: ChangeWebhookCommand) {
    const { webhookId } = data;
    // Not found, and not of this workspace, comes before anything is kept.
    await this.webhooks.load(webhookId, metadata);
    const keeping = { keyRef: webhookKeyRef(webhookId), metadata, dryRun: options.dryRun };
    const address = url === undefined ? undefined : await this.addresses.keep(url, '/url', keeping);
    const facts = address === undefined ? {} : { address };
    return this.webhooks.handle(webhookId, { type: 'ChangeWebhook', data, facts, metadata }, options);
  }
}
