import type { Assignee, Step } from '#libs/kernel/domain/workflow-definition';
import type { Directory } from './directory.js';
import { isSatisfiedByRules } from './auto-rules.js';
import type { Draft } from './draft.js';
import { isUsedUp } from './clock.js';
import type { AssignmentFacts } from './review.events.js';
import { latestRun, latestSeated, type Assignment, type Execution, type StartedReview } from './review.state.js';
import { clockOf } from './clock-of.js';
import { isVote } from './rule.js';
import { stageOf } from './stages.js';
import { counted } from './standing.js';

/**
 * Opens a step in the current round. A step that was executed before keeps its assignments, and with them the
 * decisions that still count; one that was running when the subject was revised also keeps its clock and its ladder,
 * unless it is a vote that the clock has closed: nothing would close the next one.
 */
export function startStep(draft: Draft, index: number, directory: Directory): void {
  const { review, now } = draft;
  const step = review.steps[index];
  if (!step) throw new Error(`The review has no step ${index}.`);
  const earlier = latestRun(review, index);
  const isOver = earlier && isVote(step.rule) && isUsedUp(earlier.clock, now);
  const continued = earlier && !isOver && isContinued(review, earlier) ? earlier : undefined;
  // Where a rule decides nobody is asked.
  const byRules = isSatisfiedByRules(review, index);
  const seated = latestSeated(review, index)
    ?.assignments.filter(({ live }) => live)
    .map(facts);
  const assignments = byRules ? [] : (seated ?? assignmentsOf(draft, step));
  const carried = earlier && !byRules ? counted(review, index) : [];

  draft.record('StepStarted', {
    executionId: draft.newId('execution'),
    step: step.key,
    round: review.round,
    index,
    assignments,
    electorate: electorateOf(assignments, directory),
    ...(carried.length > 0 && {
      carried: carried.map(({ assignmentId, decisionId }) => ({ assignmentId, decisionId })),
    }),
    ...(continued && { continues: continued.executionId }),
    ...clockOf(review, index, now, continued),
    startedAt: now,
  });
}

/** It was running when the subject was revised, and since then nothing has run but what runs beside it. */
const isContinued = ({ executions, steps, round }: StartedReview, { index, status, round: itsRound }: Execution) =>
  status === 'superseded' &&
  itsRound === round - 1 &&
  executions.every(
    (other) => other.round < round || other.status === 'skipped' || stageOf(steps, index).includes(other.index),
  );

const assignmentsOf = (draft: Draft, step: Step): AssignmentFacts[] =>
  step.assignees.flatMap((assignee, index) =>
    Array.from({ length: seatsOf(assignee, step) }, () => ({
      assignmentId: draft.newId('assignment'),
      group: assignee.group ?? null,
      kind: assignee.type,
      ref: assignee.id,
      assignee: index,
      weight: assignee.weight ?? 1,
      veto: assignee.veto ?? false,
      scope: assignee.scope ?? null,
      origin: 'definition' as const,
    })),
  );

/** A USER makes one assignment; a ROLE as many as asked for, by default enough to satisfy the rule alone. */
export function seatsOf({ type, seats, minApprovals = 1 }: Assignee, { rule }: Pick<Step, 'rule'>): number {
  if (type === 'USER') return 1;
  return seats ?? ('count' in rule ? Math.max(minApprovals, rule.count) : minApprovals);
}

function facts(assignment: Assignment): AssignmentFacts {
  const { live: _, gone: __, claim: ___, ...stored } = assignment;
  return stored;
}

function electorateOf(assignments: readonly AssignmentFacts[], directory: Directory): Record<string, string[]> {
  const roles = new Set(assignments.flatMap(({ kind, ref }) => (kind === 'ROLE' ? [ref] : [])));
  return Object.fromEntries([...roles].toSorted().map((role) => [role, [...directory.holders(role)]]));
}
