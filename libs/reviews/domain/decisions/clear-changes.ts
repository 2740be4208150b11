import { acting, speaksFor } from '../acting.js';
import { Draft } from '../draft.js';
import { authorOf, guardMoving, liftItems, namedItems } from '../lift-items.js';
import type { ClearChanges } from '../review.commands.js';
import { NotEligible, StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, type StartedReview } from '../review.state.js';
import { matterOf } from '../matter.js';

/** The author of change items says that they need no (other) answer. */
export function clearChanges({ data, facts, metadata }: ClearChanges, review: StartedReview): readonly ReviewEvent[] {
  const who = acting({ facts, metadata });
  if (isEnded(review)) throw new StepResolved(review.status, null);
  guardMoving(review);
  const named = namedItems(review, data.items);
  const foreign = named.find(
    ({ request }) => !speaksFor({ facts, metadata }, authorOf(request), matterOf(review, request.step)),
  );
  if (foreign)
    throw new NotEligible('Only its author clears a change item; others dismiss it.', [
      `user:${foreign.request.requestedBy}`,
    ]);

  const draft = new Draft(review, metadata);
  return liftItems(draft, named, facts.directory, { clearedBy: who.actorId, how: 'cleared' });
}
