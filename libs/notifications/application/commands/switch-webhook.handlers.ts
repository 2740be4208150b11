import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { WebhookStreams } from '../webhook-streams.js';
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
  constructor(private readonly webhooks: WebhookStreams) {}

  execute({ data, metadata, options }: ActivateWebhookCommand) {
    return this.webhooks.handle(data.webhookId, { type: 'ActivateWebhook', data, facts: {}, metadata }, options);
  }
}
