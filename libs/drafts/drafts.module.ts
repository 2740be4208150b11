import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Receivers } from '#libs/notifications/application/receivers';
import { CallbackTarget, DraftReceivers } from './application/callback.target.js';
import { SubmitDraftHandler } from './application/commands/submit-draft.handler.js';
import { DraftQueries } from './application/draft-queries.js';
import { DraftList } from './infrastructure/read-models/draft-list/draft-list.query.js';
import { DraftStreams } from './application/draft-streams.js';

/** Drafts that assistants hand in. Needs EventStore, Codec, and what reviews and notifications export, globally. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [DraftStreams, DraftQueries, DraftList, DraftReceivers, CallbackTarget, SubmitDraftHandler],
  exports: [DraftQueries, DraftList, CallbackTarget],
})
export class DraftsModule {
  constructor(receivers: Receivers, drafts: DraftReceivers) {
    receivers.add(drafts);
  }
}
