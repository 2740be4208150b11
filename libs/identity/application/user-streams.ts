import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import type { UserCommand } from '../domain/user.commands.js';
import { userDecider } from '../domain/user.decider.js';
import type { UserEvent } from '../domain/user.events.js';
import type { User } from '../domain/user.state.js';

/** The streams `user-{userId}`. */
@Injectable()
export class UserStreams extends StreamHandler<User, UserCommand, UserEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'user',
      decider: userDecider,
      creates: ({ type }) => type === 'RegisterUser',
      dataSubject: (_, { data }) => personKeyRef(data.userId),
    });
  }
}
