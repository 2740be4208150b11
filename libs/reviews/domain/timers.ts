import { derivedId } from '#libs/kernel/domain/ids';
import type { ExpireClaim, FireTimer } from './review.commands.js';
import { runningExecutions, type Review } from './review.state.js';

/** A deadline of a review, and the command it becomes when it comes. Its id is the command's. */
export type ReviewTimer = Readonly<{ timerId: string; dueAt: string }> &
  (
    | Readonly<{ type: 'FireTimer'; data: FireTimer['data'] }>
    | Readonly<{ type: 'ExpireClaim'; data: ExpireClaim['data'] }>
  );

/** The id of a timer on the clock of a step; a clock that was stopped and runs again has others. */
export const timerIdOf = (
  streamId: string,
  { executionId, kind, rungId, generation }: Omit<FireTimer['data'], 'reviewId'>,
): string => derivedId(streamId, executionId, kind, rungId ?? '', generation);

/** The id of the timer that ends a claim. */
export const leaseTimerId = (streamId: string, claimId: string): string => derivedId(streamId, 'claim', claimId);

/**
 * Every timer a review has set, in the order in which they fire: what the processes that keep them make of its events,
 * read from its state.
 */
export function timersOf(review: Review): readonly ReviewTimer[] {
  if (review.status === 'not_started') return [];
  const { reviewId } = review;
  const streamId = `review-${reviewId}`;
  const timers = runningExecutions(review).flatMap(({ executionId, clock, rungs, assignments }): ReviewTimer[] => {
    const { generation, dueAt, breachedAt } = clock;
    const onClock = (due: string, kind: 'rung' | 'breach', rungId?: string): ReviewTimer => {
      const data = { reviewId, executionId, kind, generation, ...(rungId !== undefined && { rungId }) };
      return { type: 'FireTimer', timerId: timerIdOf(streamId, data), dueAt: due, data };
    };
    const leases = assignments.flatMap(({ assignmentId, claim }): ReviewTimer[] => {
      if (!claim) return [];
      const { claimId, until } = claim;
      const timerId = leaseTimerId(streamId, claimId);
      return [{ type: 'ExpireClaim', timerId, dueAt: until, data: { reviewId, assignmentId, claimId } }];
    });
    if (clock.runningSince === null) return leases;
    const breach = dueAt === null || breachedAt !== null ? [] : [onClock(dueAt, 'breach')];
    return [...breach, ...rungs.map((rung) => onClock(rung.dueAt, 'rung', rung.rungId)), ...leases];
  });
  return timers.toSorted(byDueTime);
}

/** The order in which deadlines fire. */
export const byDueTime = (
  a: Pick<ReviewTimer, 'dueAt' | 'timerId'>,
  b: Pick<ReviewTimer, 'dueAt' | 'timerId'>,
): number => Date.parse(a.dueAt) - Date.parse(b.dueAt) || (a.timerId < b.timerId ? -1 : 1);
