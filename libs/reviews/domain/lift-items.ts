import type { Directory } from './directory.js';
import { runningClock } from './clock.js';
import type { Draft } from './draft.js';
import { blockingItems } from './evaluate.js';
import { rungsDue, usedRungs } from './ladder.js';
import { ValidationFailed } from './review.errors.js';
import type { ReviewEvent } from './review.events.js';
import { runningExecutions, stepOf, type ChangeRequest, type StartedReview } from './review.state.js';
import { executionOf, settle } from './settle.js';

type Named = Readonly<{ request: ChangeRequest; item: ChangeRequest['items'][number] }>;

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

/** Items that are gone already are left out; the last blocking one lets the review go on, and perhaps complete. */
export function liftItems(
  draft: Draft,
  named: readonly Named[],
  directory: Directory,
  how: Readonly<{ clearedBy: string; how: 'cleared' | 'dismissed'; reason?: string }>,
): readonly ReviewEvent[] {
  const itemIds = named.flatMap(({ item }) => (item.state === 'open' ? [item.itemId] : []));
  if (itemIds.length === 0) return [];
  draft.record('ChangeItemsCleared', { itemIds, ...how, at: draft.now });
  resume(draft);
  settle(draft, directory);
  return draft.events;
}

function resume(draft: Draft): void {
  const { review, now } = draft;
  const running = runningExecutions(review);
  if (review.status !== 'changes_requested') return;
  if (running.some(({ step }) => blockingItems(review, step).length > 0)) return;
  for (const execution of running) {
    const { sla, ladder } = stepOf(review, execution);
    const clock = runningClock(sla, execution.clock.consumedMs, now, execution.clock.generation + 1);
    const rungs = rungsDue(ladder, clock, usedRungs(execution));
    draft.record('SlaResumed', { ...executionOf(execution), clock, rungs, at: now });
  }
}
