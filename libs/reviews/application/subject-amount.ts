import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import { amountOf } from '../domain/matter.js';
import type { ReviewEvent } from '../domain/review.events.js';

/** The amount of what a review is about after these events of it, as delegations are limited by it; undefined: not known. */
export function subjectAmount(events: readonly Recorded[]): ReturnType<typeof amountOf> {
  const newest = (events as readonly Recorded<ReviewEvent>[]).findLast(isRevision);
  return newest && amountOf(newest.data.revision.content);
}

type Revising = Extract<ReviewEvent, DomainEvent<'ReviewStarted' | 'SubjectRevised'>>;

const isRevision = (event: Recorded<ReviewEvent>): event is Recorded<Revising> =>
  event.type === 'ReviewStarted' || event.type === 'SubjectRevised';
