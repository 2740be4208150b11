import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import type { DelegationCommand } from '../domain/delegation.commands.js';
import { delegationDecider } from '../domain/delegation.decider.js';
import type { DelegationEvent } from '../domain/delegation.events.js';
import type { Delegator } from '../domain/delegation.state.js';

/** The streams `delegation-{delegatorId}`. */
@Injectable()
export class DelegationStreams extends StreamHandler<Delegator, DelegationCommand, DelegationEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'delegation',
      decider: delegationDecider,
      creates: ({ type }) => type === 'CreateDelegation',
      dataSubject: (_, { data }) => personKeyRef(data.delegatorId),
    });
  }
}
