import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import type { InboxViewEvent } from '../domain/events/inbox-views.events.js';
import { inboxViewsDecider, type InboxView, type SetInboxViews } from '../domain/inbox-views.js';

/** The streams `inboxviews-{userId}`. */
@Injectable()
export class InboxViewStreams extends StreamHandler<readonly InboxView[], SetInboxViews, InboxViewEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'inboxviews',
      decider: inboxViewsDecider,
      creates: () => true,
      dataSubject: (_, { data }) => personKeyRef(data.userId),
    });
  }

  /** Of one person, as the log has them; the revision is undefined before anything was said. */
  async of(userId: string): Promise<{ views: readonly InboxView[]; revision: bigint | undefined }> {
    const { state, revision, exists } = await this.load(userId);
    return exists ? { views: state, revision } : { views: [], revision: undefined };
  }
}
