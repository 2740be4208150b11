import { acting, actingOnStep } from '../acting.js';
import { Draft } from '../draft.js';
import { excluded, guardFourEyes } from '../four-eyes.js';
import { authorOf, guardMoving, indexOfStep, liftItems, namedItems } from '../lift-items.js';
import type { ClearChanges } from '../review.commands.js';
import { NotEligible, StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, type StartedReview } from '../review.state.js';
import { matterOf } from '../matter.js';

/**
 * The author of change items says that they need no (other) answer. One's own items are taken back without four eyes,
 * also by somebody who has edited the subject since: it decides nothing, the step still needs what it needed without
 * the items, and nobody but their author could otherwise lift them short of a dismissal. In the author's name it takes
 * clean hands, like a dismissal.
 */
export function clearChanges({ data, facts, metadata }: ClearChanges, review: StartedReview): readonly ReviewEvent[] {
  const own = acting({ facts, metadata });
  if (isEnded(review)) throw new StepResolved(review.status, null);
  guardMoving(review);
  const lifted = namedItems(review, data.items).map((named) => {
    const { request } = named;
    const author = authorOf(request);
    if (author === own.actorId) return { ...named, who: own };
    const index = indexOfStep(review, request);
    const barred = excluded(review, index, facts.directory);
    const who = actingOnStep({ facts, metadata }, [author], matterOf(review, request.step), barred);
    if (!who)
      throw new NotEligible('Only its author clears a change item; others dismiss it.', [
        `user:${request.requestedBy}`,
      ]);
    // Clearing in another's name clears the way for the step: no hand of it has a part in the subject.
    guardFourEyes(review, index, who, facts.directory);
    return { ...named, who };
  });

  const draft = new Draft(review, metadata);
  return liftItems(draft, lifted, facts.directory, { how: 'cleared' });
}
