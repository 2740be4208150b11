import { NotFound } from '#libs/event-store/application/errors';
import type { Moment } from '#libs/reviews/application/review-queries';
import type { StartedReview } from '#libs/reviews/domain/review.state';
import { reviewDiff, type ReviewDiff } from '#libs/reviews/domain/views/review-diff';
import type { ReviewFilters } from '#libs/reviews/infrastructure/read-models/review-status/review-list.query';
import type { SlaState } from '#libs/reviews/infrastructure/read-models/review-status/review-status.table';
import { listed } from '../http/dto.js';
import { invalidParameter } from '../http/validation.js';
import type { DiffQuery, MomentQuery, ReviewsQuery } from './review-queries.dto.js';

/** @throws InvalidParameter for two moments at once */
export function momentOf({ revision, asOf }: MomentQuery): Moment {
  if (revision !== undefined && asOf !== undefined)
    throw invalidParameter('asOf', 'Ask for a revision or for a time, not for both.');
  return { revision: revision === undefined ? undefined : BigInt(revision), asOf };
}

/** By default from the revision before to the current one. @throws NotFound */
export function diffOf(review: StartedReview, { from, to = review.revisions.length }: DiffQuery): ReviewDiff {
  const diff = reviewDiff(review, from ?? Math.max(1, to - 1), to);
  if (!diff) {
    const { length } = review.revisions;
    throw new NotFound(`The subject has ${length === 1 ? 'one revision' : `${length} revisions`}, numbered from 1.`);
  }
  return diff;
}

/** The query as the read model takes it: several values of a filter apart, ranges together. */
export function filtersOf(query: ReviewsQuery): ReviewFilters & Pick<ReviewsQuery, 'limit' | 'cursor'> {
  const { limit, cursor, text } = query;
  return {
    limit,
    ...(cursor === undefined ? {} : { cursor }),
    status: listed(query.status),
    workflow: listed(query.workflow),
    subjectType: listed(query.subjectType),
    subjectId: listed(query.subjectId),
    submittedBy: listed(query.submittedBy),
    assignee: listed(query.assignee),
    sla: listed(query.sla) as readonly SlaState[] | undefined,
    text,
    dueAt: {
      lt: query['dueAt[lt]'],
      lte: query['dueAt[lte]'],
      gt: query['dueAt[gt]'],
      gte: query['dueAt[gte]'],
    },
    submittedAt: {
      lt: query['submittedAt[lt]'],
      lte: query['submittedAt[lte]'],
      gt: query['submittedAt[gt]'],
      gte: query['submittedAt[gte]'],
    },
  };
}

/** A review's own stream, and the talk about it. */
export const caseStreams = (reviewId: string) => [`review-${reviewId}`, `comments-${reviewId}`];
