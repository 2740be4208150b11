import { inWhoseName, type Acting } from './acting.js';
import type { Directory } from './directory.js';
import type { Draft } from './draft.js';
import { blockingItems } from './evaluate.js';
import { resumeClocks } from './resume-clocks.js';
import { InvalidState, ValidationFailed } from './review.errors.js';
import type { ReviewEvent } from './review.events.js';
import { runningExecutions, type ChangeRequest, type StartedReview } from './review.state.js';
import { settle } from './settle.js';

type Named = Readonly<{ request: ChangeRequest; item: ChangeRequest['items'][number] }>;

/** Who has asked for changes, by whichever hand. */
export const authorOf = ({ requestedBy, onBehalfOf }: Pick<ChangeRequest, 'requestedBy' | 'onBehalfOf'>): string =>
  onBehalfOf ?? requestedBy;

/** The step that changes were asked for on. */
export const indexOfStep = ({ steps }: StartedReview, { step }: ChangeRequest): number =>
  steps.findIndex(({ key }) => key === step);

/** The items a command names; all unknown ones are refused at once. */
export function namedItems(review: StartedReview, ids: readonly string[]): readonly Named[] {
  const known = review.changeRequests.flatMap((request) => request.items.map((item) => ({ request, item })));
  const errors = ids.flatMap((id, index) =>
    known.some(({ item }) => item.itemId === id)
      ? []
      : [{ pointer: `/items/${index}`, code: 'unknown', detail: 'names no change item of this review' }],
  );
  if (ids.length === 0) errors.push({ pointer: '/items', code: 'too-short', detail: 'needs at least one item' });
  if (errors.length > 0) throw new ValidationFailed('Name change items of this review.', errors);
  return known.filter(({ item }) => ids.includes(item.itemId));
}

/** What is held stays as it is. */
export function guardMoving({ status }: StartedReview): void {
  if (status === 'on_hold') throw new InvalidState('The review is on hold.', { status });
}

/** Items by whose right they are lifted: one's own, or that of whoever asked for them. */
export type Lifted = Named & Readonly<{ who: Acting }>;

/** Items that are gone already are left out; the last blocking one lets the review go on, and perhaps complete. */
export function liftItems(
  draft: Draft,
  lifted: readonly Lifted[],
  directory: Directory,
  how: Readonly<{ how: 'cleared' | 'dismissed'; reason?: string }>,
): readonly ReviewEvent[] {
  const open = lifted.filter(({ item }) => item.state === 'open');
  if (open.length === 0) return [];
  for (const those of Map.groupBy(open, ({ who }) => who.principal).values()) {
    const itemIds = those.map(({ item }) => item.itemId);
    const [{ who }] = those as [Lifted];
    draft.record('ChangeItemsCleared', { itemIds, clearedBy: who.actorId, ...inWhoseName(who), ...how, at: draft.now });
  }
  resume(draft);
  settle(draft, directory);
  return draft.finished();
}

function resume(draft: Draft): void {
  const { review } = draft;
  if (review.status !== 'changes_requested') return;
  if (runningExecutions(review).every(({ step }) => blockingItems(review, step).length === 0)) resumeClocks(draft);
}
