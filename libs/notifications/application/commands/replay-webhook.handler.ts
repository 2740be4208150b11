import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventStore } from '#libs/event-store/application/event-store';
import { NotificationInvalid } from '../../domain/notification.errors.js';
import { WebhookStreams } from '../webhook-streams.js';
import { WebhookBusCommand } from './webhook-bus-command.js';

/** `after`: a position of the log, or `start`: from the first event on. */
export class ReplayWebhookCommand extends WebhookBusCommand<{ webhookId: string; after: string }> {}

@CommandHandler(ReplayWebhookCommand)
export class ReplayWebhookHandler implements ICommandHandler<ReplayWebhookCommand> {
  constructor(
    private readonly webhooks: WebhookStreams,
    private readonly store: EventStore,
  ) {}

  async execute({ data, metadata, options }: ReplayWebhookCommand) {
    const { webhookId } = data;
    const after = data.after === 'start' ? this.store.start : data.after;
    if (!this.store.isPosition(after))
      throw new NotificationInvalid('/after', 'bad-format', 'Send the position of an event or a receipt, or start.');
    const until = await this.store.head();
    if (this.store.compare(after, until) > 0)
      throw new NotificationInvalid('/after', 'out-of-range', `Nothing is recorded after ${until} yet.`);
    const facts = { until };
    const order = { type: 'ReplayWebhook', data: { webhookId, after }, facts, metadata } as const;
    return this.webhooks.handle(webhookId, order, options);
  }
}
