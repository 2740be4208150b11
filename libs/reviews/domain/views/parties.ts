import type { Review } from '../review.state.js';

/**
 * Whether a review is somebody's own business: submitted by him, or with an assignment that is or was his: by name, open
 * to one of his roles, claimed, or one by which he decided or asked for something. Such a person may always read it,
 * whatever roles he has lost since. The read model `party` finds the same people.
 */
export function isParty(review: Review, { userId, roles }: { userId: string; roles: readonly string[] }): boolean {
  if (review.status === 'not_started') return false;
  const { decisions, changeRequests, infoRequests, executions, claimants } = review;
  return (
    review.submittedBy === userId ||
    review.onBehalfOf === userId ||
    claimants.includes(userId) ||
    decisions.some(({ actorId, onBehalfOf }) => actorId === userId || onBehalfOf === userId) ||
    [...changeRequests, ...infoRequests].some((it) => it.requestedBy === userId || it.onBehalfOf === userId) ||
    executions.some(({ assignments }) =>
      assignments.some(({ kind, ref }) => (kind === 'USER' ? ref === userId : roles.includes(ref))),
    )
  );
}
