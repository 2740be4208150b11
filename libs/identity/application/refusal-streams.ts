import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import type { Command } from '#libs/kernel/domain/message';
import type { RefusalEvent } from '../domain/refusal.events.js';

export type RecordRefusal = Command<'RecordRefusal', RefusalEvent, Readonly<Record<never, never>>>;

/** Whose key seals the addresses of those who are nobody here. */
const NOBODY = 'nobody';

/** The streams `refusal-{id}`, of one event each. */
@Injectable()
export class RefusalStreams extends StreamHandler<null, RecordRefusal, RefusalEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(
      store,
      codec,
      {
        category: 'refusal',
        decider: { initialState: null, evolve: () => null, decide: ({ data }) => [data] },
        creates: () => true,
        dataSubject: (_, { data }) => personKeyRef(data.userId ?? NOBODY),
      },
      { cacheSize: 1024 },
    );
  }
}
