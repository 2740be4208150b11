import type { Recorded } from '#libs/kernel/domain/message';
import type { Projection } from '#libs/processing/application/projection';
import { foldRows, type GivenEvent } from '#libs/testing/read-model';
import { REVIEW_ID, type Story } from '../../domain/review.examples.js';
import type { ReviewEvent } from '../../domain/review.events.js';

/** Events of one review as a read model meets them. */
export const recorded = (
  events: readonly ReviewEvent[],
  envelope: Partial<Recorded> = {},
  reviewId = REVIEW_ID,
): GivenEvent[] => events.map((event) => ({ ...event, streamId: `review-${reviewId}`, ...envelope }) as GivenEvent);

/** The rows that a projection makes of a told review. */
export const rowsOf = <Row extends object>(projection: Projection, { events }: Story): Row[] =>
  foldRows<Row>(projection, ...recorded(events));
