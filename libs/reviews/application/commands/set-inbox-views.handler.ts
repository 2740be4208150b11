import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { InboxView } from '../../domain/inbox-views.js';
import { InboxViewStreams } from '../inbox-view-streams.js';

/** One's own views, the whole of them. */
export class SetInboxViewsCommand extends Command<Outcome<readonly InboxView[]>> {
  constructor(
    readonly data: { readonly views: readonly InboxView[] },
    readonly metadata: CommandMetadata,
    readonly options: { readonly expectedRevision?: bigint; readonly dryRun?: boolean } = {},
  ) {
    super();
  }
}

@CommandHandler(SetInboxViewsCommand)
export class SetInboxViewsHandler implements ICommandHandler<SetInboxViewsCommand> {
  constructor(private readonly streams: InboxViewStreams) {}

  execute({ data: { views }, metadata, options }: SetInboxViewsCommand) {
    const userId = metadata.actor.id;
    return this.streams.handle(
      userId,
      { type: 'SetInboxViews', data: { userId, views }, facts: {}, metadata },
      options,
    );
  }
}
