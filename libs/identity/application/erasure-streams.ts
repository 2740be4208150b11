import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import type { Decider } from '#libs/kernel/domain/decider';
import type { Command } from '#libs/kernel/domain/message';
import type { ErasureEvent } from '../domain/erasure.events.js';

/** Whose data is gone. */
export interface Erased {
  readonly userId?: string;
  readonly subjects: readonly { readonly type: string; readonly id: string }[];
}

type RecordErasure = Command<'RecordErasure', Erased & { readonly erasureId: string }, Readonly<Record<never, never>>>;

const decider: Decider<null, RecordErasure, ErasureEvent> = {
  initialState: null,
  evolve: () => null,
  decide: ({ data: { subjects, ...data }, metadata: { actor, now } }) => [
    { type: 'PersonalDataErased', data: { ...data, subjects: [...subjects], erasedBy: actor.id, at: now } },
  ],
};

/** The streams `erasure-{erasureId}`, of one event each. */
@Injectable()
export class ErasureStreams extends StreamHandler<null, RecordErasure, ErasureEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, { category: 'erasure', decider, creates: () => true }, { cacheSize: 64 * 1024 });
  }
}
