import { isStarted, type Review } from '#libs/reviews/domain/review.state';

/** What stands beside the receipt of a start, and where the review is found. */
export const started = (review: Review) =>
  isStarted(review)
    ? { body: { reviewId: review.reviewId }, location: `/api/v1/reviews/${review.reviewId}` }
    : { body: {} };
