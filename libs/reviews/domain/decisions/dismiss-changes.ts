import { acting } from '../acting.js';
import { Draft } from '../draft.js';
import { guardFourEyes } from '../four-eyes.js';
import { guardMoving, indexOfStep, liftItems, namedItems } from '../lift-items.js';
import type { DismissChanges } from '../review.commands.js';
import { PermissionMissing, ReasonRequired, StepResolved } from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, type StartedReview } from '../review.state.js';

/**
 * Somebody with the permission dismisses change items of anybody, and says why. Dismissing the last one may complete the
 * step, so whoever must not decide on the step does not clear the way for it either.
 */
export function dismissChanges(
  { data, facts, metadata }: DismissChanges,
  review: StartedReview,
): readonly ReviewEvent[] {
  if (!facts.may.dismiss) throw new PermissionMissing('Dismissing change items takes a permission.', 'review:dismiss');
  if (data.reason.trim() === '') throw new ReasonRequired();
  const who = acting({ facts, metadata });
  if (isEnded(review)) throw new StepResolved(review.status, null);
  guardMoving(review);
  const named = namedItems(review, data.items);
  for (const { request } of named) guardFourEyes(review, indexOfStep(review, request), who, facts.directory);

  const draft = new Draft(review, metadata);
  const lifted = named.map((it) => ({ ...it, who }));
  return liftItems(draft, lifted, facts.directory, { how: 'dismissed', reason: data.reason });
}
