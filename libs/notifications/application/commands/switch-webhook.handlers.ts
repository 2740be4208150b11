import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { WebhookStreams } from '../webhook-streams.js';
import { WebhooksListed } from '../webhooks-listed.js';
import { WebhookBusCommand } from './webhook-bus-command.js';

export class DeactivateWebhookCommand extends WebhookBusCommand<{ webhookId: string; reason?: string }> {}
export class ActivateWebhookCommand extends WebhookBusCommand<{ webhookId: string }> {}

@CommandHandler(DeactivateWebhookCommand)
export class DeactivateWebhookHandler implements ICommandHandler<DeactivateWebhookCommand> {
  constructor(private readonly webhooks: WebhookStreams) {}

  execute({ data, metadata, options }: DeactivateWebhookCommand) {
    return this.webhooks.handle(data.webhookId, { type: 'DeactivateWebhook', data, facts: {}, metadata }, options);
  }
}

@CommandHandler(ActivateWebhookCommand)
export class ActivateWebhookHandler implements ICommandHandler<ActivateWebhookCommand> {
  constructor(
    private readonly webhooks: WebhookStreams,
    private readonly listed: WebhooksListed,
  ) {}

  async execute({ data, metadata, options }: ActivateWebhookCommand) {
    const facts = { active: await this.listed.active(metadata.workspaceId) };
    return this.webhooks.handle(data.webhookId, { type: 'ActivateWebhook', data, facts, metadata }, options);
  }
}
