import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SealedAddresses } from '../sealed-addresses.js';
import { webhookKeyRef, WebhookStreams } from '../webhook-streams.js';
import { WebhookBusCommand, type WebhookOutcome } from './webhook-bus-command.js';

export class RotateWebhookSecretCommand extends WebhookBusCommand<{ webhookId: string }> {}

@CommandHandler(RotateWebhookSecretCommand)
export class RotateWebhookSecretHandler implements ICommandHandler<RotateWebhookSecretCommand> {
  constructor(
    private readonly webhooks: WebhookStreams,
    private readonly addresses: SealedAddresses,
  ) {}

  async execute({ data, metadata, options }: RotateWebhookSecretCommand): Promise<WebhookOutcome> {
    const { webhookId } = data;
    await this.webhooks.load(webhookId, metadata);
    const keeping = { keyRef: webhookKeyRef(webhookId), metadata, dryRun: options.dryRun };
    const { secretId, secret } = await this.addresses.makeSecret(keeping);
    const order = { type: 'RotateWebhookSecret', data, facts: { secretId }, metadata } as const;
    const outcome = await this.webhooks.handle(webhookId, order, options);
    return outcome.replayed || options.dryRun ? outcome : { ...outcome, secret };
  }
}
