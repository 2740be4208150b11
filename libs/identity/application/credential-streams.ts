import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { credentialDecider, type CredentialCommand, type CredentialState } from '../domain/credential.decider.js';
import type { CredentialEvent } from '../domain/credential.events.js';

/** The streams `credential-{userId}`: they begin when a password is changed for the first time. */
@Injectable()
export class CredentialStreams extends StreamHandler<CredentialState, CredentialCommand, CredentialEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(
      store,
      codec,
      { category: 'credential', decider: credentialDecider, creates: () => true },
      { cacheSize: 1024 * 1024 },
    );
  }
}
