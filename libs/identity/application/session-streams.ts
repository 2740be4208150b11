import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { sessionDecider, type RevokeSession, type SessionState } from '../domain/session.decider.js';
import type { SessionEvent } from '../domain/session.events.js';

/** The streams `session-{sessionId}`: they begin when the session is revoked. */
@Injectable()
export class SessionStreams extends StreamHandler<SessionState, RevokeSession, SessionEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(
      store,
      codec,
      { category: 'session', decider: sessionDecider, creates: () => true },
      { cacheSize: 1024 * 1024 },
    );
  }
}
