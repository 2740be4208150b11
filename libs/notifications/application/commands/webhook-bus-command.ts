import { Command } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Webhook } from '../../domain/webhook.state.js';

/** What a command led to; the secret is there in the one answer that shows it. */
export interface WebhookOutcome extends Outcome<Webhook> {
  readonly secret?: string;
}

/** An order to one webhook on its way through the command bus. */
export abstract class WebhookBusCommand<Data extends object> extends Command<WebhookOutcome> {
  constructor(
    readonly data: Readonly<Data>,
    readonly metadata: CommandMetadata,
    readonly options: { readonly expectedRevision?: bigint; readonly dryRun?: boolean } = {},
  ) {
    super();
  }
}
