import { Injectable } from '@nestjs/common';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import type { ReviewCommand } from '../domain/review.commands.js';
import { reviewDecider } from '../domain/review.decider.js';
import type { ReviewEvent } from '../domain/review.events.js';
import type { Review } from '../domain/review.state.js';
import { inWhoseName } from './review-facts.js';

/** The streams `review-{id}`. */
@Injectable()
export class ReviewStreams extends StreamHandler<Review, ReviewCommand, ReviewEvent> {
  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'review',
      decider: reviewDecider,
      creates: ({ type }) => type === 'StartReview',
      dataSubject: (review) => {
        if (review.status === 'not_started') throw new Error('Only a review has a subject.');
        return review.subjectRef;
      },
      principal: inWhoseName,
    });
  }
}
