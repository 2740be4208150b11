import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { derivedId } from '#libs/kernel/domain/ids';
import { draftDecider, type Draft, type SubmitDraft } from '../domain/draft.decider.js';
import type { DraftEvent } from '../domain/draft.events.js';

/** Whose key seals the address and the secret of a draft's callback. */
export const draftKeyRef = (draftId: string): string => derivedId('draft', draftId);

/** The streams `draft-{id}`. */
@Injectable()
export class DraftStreams extends StreamHandler<Draft, SubmitDraft, DraftEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'draft',
      decider: draftDecider,
      creates: () => true,
      dataSubject: (_, { data }) => data.subjectRef,
    });
  }
}
