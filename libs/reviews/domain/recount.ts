import type { EventData } from './event-data.js';
import type { ReviewEvent } from './review.events.js';
import { runningExecutions, type StartedReview } from './review.state.js';
import { counted, openSeats } from './standing.js';

/** Which decisions count, each on which assignment, and which assignments of running steps are open, by their step. */
export interface Count {
  readonly counting: ReadonlyMap<string, string>;
  readonly open: ReadonlyMap<string, string>;
}

/** As it is. */
function truth(review: StartedReview): Count {
  const decisions = review.steps.flatMap((_, index) => counted(review, index));
  const running = runningExecutions(review);
  return {
    counting: new Map(decisions.map(({ decisionId, assignmentId }) => [decisionId, assignmentId])),
    open: new Map(
      running.flatMap(({ index, step }) => openSeats(review, index).map(({ assignmentId }) => [assignmentId, step])),
    ),
  };
}

/** As whoever knew how it was and read the events takes it to be. */
export function told(before: StartedReview, events: readonly ReviewEvent[]): Count {
  const { counting, open } = truth(before);
  const count = { counting: new Map(counting), open: new Map(open), stepOf: stepsOf(before) };
  for (const event of events) follow(count, event);
  return count;
}

/** What of it is not so; null when all of it is. */
export function untold(
  { counting, open }: Count,
  review: StartedReview,
): Omit<EventData<'DecisionsRecounted'>, 'at'> | null {
  const now = truth(review);
  const seats = runningExecutions(review).flatMap(({ executionId, step, round, assignments }) =>
    assignments.map(({ assignmentId, kind, ref }) => ({ executionId, step, round, assignmentId, kind, ref })),
  );
  const left = {
    counting: [...now.counting]
      .filter(([decisionId, assignmentId]) => counting.get(decisionId) !== assignmentId)
      .map(([decisionId, assignmentId]) => ({ assignmentId, decisionId })),
    lost: [...counting.keys()].filter((decisionId) => !now.counting.has(decisionId)),
    opened: seats.filter(({ assignmentId }) => now.open.has(assignmentId) && !open.has(assignmentId)),
  };
  return Object.values(left).every(({ length }) => length === 0) ? null : left;
}

type Following = Readonly<{
  counting: Map<string, string>;
  open: Map<string, string>;
  stepOf: Map<string, string>;
}>;

const stepsOf = ({ decisions }: StartedReview): Map<string, string> =>
  new Map(decisions.map(({ decisionId, step }) => [decisionId, step]));

function follow({ counting, open, stepOf }: Following, { type, data }: ReviewEvent): void {
  const fill = (filled: readonly { assignmentId: string; decisionId: string }[]) => {
    for (const { assignmentId, decisionId } of filled) {
      counting.set(decisionId, assignmentId);
      open.delete(assignmentId);
    }
  };
  const close = (step: string) => {
    for (const [assignmentId, its] of open) if (its === step) open.delete(assignmentId);
  };
  switch (type) {
    case 'StepStarted':
      close(data.step);
      for (const { assignmentId } of data.assignments) open.set(assignmentId, data.step);
      for (const decisionId of counting.keys()) if (stepOf.get(decisionId) === data.step) counting.delete(decisionId);
      fill(data.carried ?? []);
      return;
    case 'DecisionRecorded':
      stepOf.set(data.decisionId, data.step);
      fill([data]);
      return;
    case 'DecisionRescinded':
      counting.delete(data.decisionId);
      if (data.reopens) open.set(data.assignmentId, data.step);
      fill(data.revived);
      return;
    case 'DecisionsInvalidated':
      for (const decisionId of data.decisionIds) counting.delete(decisionId);
      return;
    case 'AssignmentAdded':
      open.set(data.assignment.assignmentId, data.step);
      return;
    case 'AssignmentTransferred':
      open.delete(data.assignmentId);
      open.set(data.successor.assignmentId, data.step);
      return;
    case 'AssignmentVoided':
      if (data.scope === 'assignment') open.delete(data.assignmentId);
      return;
    case 'StepCompleted':
    case 'StepRejected':
      close(data.step);
      return;
    case 'SubjectRevised':
    case 'ReviewRejected':
    case 'ReviewWithdrawn':
    case 'ReviewExpired':
    case 'ReviewCancelled':
      open.clear();
      return;
    default:
  }
}
