import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import { sessionDecider, type SessionCommand, type SessionState } from '../domain/session.decider.js';
import type { SessionEvent } from '../domain/session.events.js';

/** The streams `session-{sessionId}`: of sessions from before they were recorded, only the end. */
@Injectable()
export class SessionStreams extends StreamHandler<SessionState, SessionCommand, SessionEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(
      store,
      codec,
      {
        category: 'session',
        decider: sessionDecider,
        creates: () => true,
        dataSubject: (_, { data }) => personKeyRef(data.userId),
      },
      { cacheSize: 1024 * 1024 },
    );
  }
}
