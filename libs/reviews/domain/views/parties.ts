import type { Review } from '../review.state.js';

/**
 * Whether a review is somebody's own business: submitted by him, decided by him, or with an assignment that is or was
 * his, by name or open to one of his roles. Such a person may always read it.
 */
export function isParty(review: Review, { userId, roles }: { userId: string; roles: readonly string[] }): boolean {
  if (review.status === 'not_started') return false;
  return (
    review.submittedBy === userId ||
    review.onBehalfOf === userId ||
    review.decisions.some(({ actorId, onBehalfOf }) => actorId === userId || onBehalfOf === userId) ||
    review.executions.some(({ assignments }) =>
      assignments.some(({ kind, ref }) => (kind === 'USER' ? ref === userId : roles.includes(ref))),
    )
  );
}
