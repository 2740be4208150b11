import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import { preferencesDecider, type Preferences, type SetPreferences } from '../domain/preferences.decider.js';
import type { PreferencesEvent } from '../domain/preferences.events.js';

/** The streams `preferences-{userId}`. */
@Injectable()
export class PreferencesStreams extends StreamHandler<Preferences, SetPreferences, PreferencesEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'preferences',
      decider: preferencesDecider,
      creates: () => true,
      dataSubject: (_, { data }) => personKeyRef(data.userId),
    });
  }
}
