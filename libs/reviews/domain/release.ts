import type { EventData } from './event-data.js';
import { runningExecutions, type Assignment, type Execution, type StartedReview } from './review.state.js';

type Released = EventData<'AssignmentReleased'>;
type Seat = Readonly<{ execution: Execution; assignment: Assignment }>;
type Why = Readonly<{ how: Released['how']; by: string; at: string; reason?: string | undefined }>;

/** The end of a claim; none where nothing is claimed. */
export function released({ execution, assignment }: Seat, { how, by, at, reason }: Why): readonly Released[] {
  const { executionId, step, round } = execution;
  const { claim, assignmentId } = assignment;
  if (!claim) return [];
  const { claimId, claimedBy: heldBy } = claim;
  const because = reason !== undefined && { reason };
  return [{ executionId, step, round, assignmentId, claimId, heldBy, how, releasedBy: by, ...because, at }];
}

/** The ends of claims on assignments that a decision is back on, or has moved to. */
export function releasedBy(
  review: StartedReview,
  filled: readonly { readonly assignmentId: string }[],
  who: Omit<Why, 'how'>,
): readonly Released[] {
  const seats = new Set(filled.map(({ assignmentId }) => assignmentId));
  return runningExecutions(review).flatMap((execution) =>
    execution.assignments
      .filter(({ assignmentId }) => seats.has(assignmentId))
      .flatMap((assignment) => released({ execution, assignment }, { how: 'unneeded', ...who })),
  );
}
