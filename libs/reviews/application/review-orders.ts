import { Injectable } from '@nestjs/common';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import type { ReviewCommand } from '../domain/review.commands.js';
import type { Review } from '../domain/review.state.js';
import type { ReviewBusCommand } from './review-command.js';
import { ReviewFacts } from './review-facts.js';
import { ReviewStreams } from './review-streams.js';

type Ordered = Exclude<ReviewCommand, { type: 'StartReview' | 'Resubmit' | 'ReopenReview' }>;
type Order<Type extends Ordered['type']> = Extract<Ordered, { type: Type }>;

/** Sends commands that need nothing but the people to their review. */
@Injectable()
export class ReviewOrders {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly facts: ReviewFacts,
  ) {}

  send<Type extends Ordered['type']>(
    type: Type,
    { data, metadata, options }: ReviewBusCommand<Order<Type>['data']>,
  ): Promise<Outcome<Review>> {
    const premises = this.facts.premises(metadata);
    const command = { type, data, facts: this.facts.of(metadata, options), metadata } as unknown as ReviewCommand;
    return this.reviews.handle(data.reviewId, command, { ...options, premises });
  }
}
