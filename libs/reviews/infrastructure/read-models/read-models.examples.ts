import type { RowAccess } from '#libs/identity/application/row-access';
import { joinGroups } from '#libs/composition/projection-groups';
import { auditManifest } from '#libs/audit/audit.manifest';
import type { Recorded } from '#libs/kernel/domain/message';
import type { Projection } from '#libs/processing/application/projection';
import { foldRows, type GivenEvent } from '#libs/testing/read-model';
import { REVIEW_ID, type Story } from '../../domain/review.examples.js';
import type { ReviewEvent } from '../../domain/review.events.js';
import { reviewsManifest } from '../../reviews.manifest.js';

/** Events of one review as a read model meets them. */
export const recorded = (
  events: readonly ReviewEvent[],
  envelope: Partial<Recorded> = {},
  reviewId = REVIEW_ID,
): GivenEvent[] => events.map((event) => ({ ...event, streamId: `review-${reviewId}`, ...envelope }) as GivenEvent);

/** The rows that a projection makes of a told review. */
export const rowsOf = <Row extends object>(projection: Projection, { events }: Story): Row[] =>
  foldRows<Row>(projection, ...recorded(events));

type Start = Extract<ReviewEvent, { type: 'ReviewStarted' }>['data'];

/** A told review under another id, and with what else makes it another one. */
export const review = (
  reviewId: string,
  { events }: Story,
  start: Partial<Start> = {},
  envelope: Partial<Recorded> = {},
): GivenEvent[] =>
  recorded(
    events.map((event) =>
      event.type === 'ReviewStarted' ? { ...event, data: { ...event.data, reviewId, ...start } } : event,
    ),
    envelope,
    reviewId,
  );

const group = (name: string) => {
  const found = joinGroups([...reviewsManifest.projectionGroups, ...auditManifest.projectionGroups]).find(
    (candidate) => candidate.name === name,
  );
  if (!found) throw new Error(`There is no group ${name}.`);
  return found;
};

/** The groups as a program has them. */
export const core = group('core');
export const inboxes = group('inbox');
export const works = group('work');

/** A reader with roles, and how far that person sees. */
export const reader = (
  userId: string,
  roles: readonly string[] = [],
  reach: RowAccess['reach'] = 'all',
): RowAccess => ({
  workspaceId: 'demo',
  userId,
  roles,
  reach,
});
