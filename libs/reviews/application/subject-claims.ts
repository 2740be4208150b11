import { Injectable } from '@nestjs/common';
import type { Claim } from '#libs/event-store/application/claims';
import { AlreadyUnderReview } from '../domain/review.errors.js';
import type { ReviewEvent } from '../domain/review.events.js';
import { isOpen } from '../domain/review.state.js';
import { ReviewStreams } from './review-streams.js';

/** At most one open review of a subject under a workflow: the claim whoever starts (or reopens) one has to take. */
@Injectable()
export class SubjectClaims {
  constructor(private readonly reviews: ReviewStreams) {}

  of(workflowKey: string, subjectRef: string, now: string): Claim<ReviewEvent> {
    return {
      kind: 'open-review',
      key: `${workflowKey}/${subjectRef}`,
      isOver: async (reviewId) => !isOpen((await this.reviews.load(reviewId)).state),
      taken: (reviewId) => new AlreadyUnderReview(reviewId),
      abandon: (reviewId) => ({ type: 'StartAbandoned', data: { reviewId, at: now } }),
    };
  }
}
