import { endClaim } from '../claims.js';
import { Draft } from '../draft.js';
import type { ExpireClaim } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import { isRunning, type StartedReview } from '../review.state.js';

/** The lease of a claim has run out. Nothing happens when the claim is over, or another one, by now. */
export function expireClaim({ data, metadata }: ExpireClaim, review: StartedReview): readonly ReviewEvent[] {
  const draft = new Draft(review, metadata);
  for (const execution of review.executions.filter(isRunning)) {
    const assignment = execution.assignments.find(({ claim }) => claim?.claimId === data.claimId);
    if (assignment) endClaim(draft, { execution, assignment }, { how: 'expired', by: metadata.actor.id });
  }
  return draft.finished();
}
