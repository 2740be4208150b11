import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import { commentDecider, type AddComment, type Talk } from '../domain/comments.js';
import type { CommentEvent } from '../domain/review.events.js';

/** The streams `comments-{reviewId}`. */
@Injectable()
export class CommentStreams extends StreamHandler<Talk, AddComment, CommentEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'comments',
      decider: commentDecider,
      creates: () => true,
      dataSubject: (_, { data }) => data.subjectRef,
    });
  }
}
