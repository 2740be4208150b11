import {
  AssignmentFilled,
  AssignmentTransferred,
  InvalidState,
  NotEligible,
  StepResolved,
  ValidationFailed,
} from './review.errors.js';
import { isEnded, isRunning, type Assignment, type Execution, type StartedReview } from './review.state.js';
import { stillSatisfied } from './evaluate.js';
import { fillerOf } from './standing.js';

/** An assignment and the step execution it belongs to. */
export type NamedSeat = Readonly<{ execution: Execution; assignment: Assignment }>;

/** The assignment that a request names, on a step that runs. An assignment lives on from round to round. */
export function namedSeat(review: StartedReview, assignmentId: string): NamedSeat {
  if (isEnded(review)) throw new StepResolved(review.status, null);
  const execution = review.executions.findLast((it) =>
    it.assignments.some((seat) => seat.assignmentId === assignmentId),
  );
  const assignment = execution?.assignments.find((it) => it.assignmentId === assignmentId);
  if (!execution || !assignment)
    throw new ValidationFailed('The review has no such assignment.', [
      { pointer: '/assignmentId', code: 'unknown', detail: 'names no assignment of this review' },
    ]);
  guardRunning(review, execution);
  return { execution, assignment };
}

/** A step that has its outcome is past changing; one that was superseded does not run (yet). */
export function guardRunning(review: StartedReview, execution: Execution): void {
  const { status, step, index } = execution;
  if (isRunning(execution)) return;
  if (status === 'rejected' || (status === 'satisfied' && stillSatisfied(review, index)))
    throw new StepResolved(status, step);
  throw new InvalidState(`Step ${step} is not running.`, { status: review.status, step });
}

/** It can still be filled: neither moved, nor void, nor filled. */
export function guardUnfilled(review: StartedReview, { execution, assignment }: NamedSeat): void {
  const { assignmentId } = assignment;
  if (assignment.gone === 'transferred') throw new AssignmentTransferred(assignmentId);
  if (assignment.gone === 'void') throw new NotEligible('This assignment is void.');
  const filler = fillerOf(review, execution.index, assignmentId);
  if (filler) throw new AssignmentFilled(assignmentId, filler.actorId, filler.onBehalfOf);
}
