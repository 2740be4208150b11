import { Injectable } from '@nestjs/common';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Directory } from '#libs/identity/application/directory';
import type { Facts, ReviewCommand } from '../domain/review.commands.js';
import type { Review } from '../domain/review.state.js';
import type { CommandOptions, ReviewBusCommand } from './review-command.js';
import { ReviewStreams } from './review-streams.js';

type Ordered = Exclude<ReviewCommand, { type: 'StartReview' | 'Resubmit' | 'ReopenReview' }>;
type Order<Type extends Ordered['type']> = Extract<Ordered, { type: Type }>;

/** What every command on a review is told: who is who now, and what the door found this person may do here. */
export const factsFrom = (directory: Directory, workspaceId: string, { may }: CommandOptions): Facts => ({
  directory: directory.snapshot(workspaceId),
  may: may ?? { reassign: false, dismiss: false, override: false },
});

/** Sends commands that need nothing but the directory to their review. */
@Injectable()
export class ReviewOrders {
  constructor(
    private readonly reviews: ReviewStreams,
    private readonly directory: Directory,
  ) {}

  send<Type extends Ordered['type']>(
    type: Type,
    { data, metadata, options }: ReviewBusCommand<Order<Type>['data']>,
  ): Promise<Outcome<Review>> {
    const facts = factsFrom(this.directory, metadata.workspaceId, options);
    const command = { type, data, facts, metadata } as unknown as ReviewCommand;
    return this.reviews.handle(data.reviewId, command, options);
  }
}
