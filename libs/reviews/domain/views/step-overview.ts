import type { Personal } from '#libs/kernel/domain/personal';
import type { Rule, Step } from '#libs/kernel/domain/workflow-definition';
import type { Verdict } from '../review.commands.js';
import {
  isOpen,
  latestExecution,
  type Assignment,
  type Decision,
  type Execution,
  type ExecutionStatus,
  type StartedReview,
} from '../review.state.js';
import { stillSatisfied } from '../evaluate.js';
import { shareOf } from '../rule.js';
import { standings } from '../standing.js';
import { seatsOf } from '../start-step.js';

export type StepStatus = 'pending' | 'overridden' | ExecutionStatus;

/** One step as clients see it. */
export interface StepOverview {
  readonly key: string;
  readonly status: StepStatus;
  readonly round: number;
  readonly requiredApprovals: number;
  readonly dueAt: string | null;
  readonly assignments: readonly {
    readonly id: string;
    readonly type: 'USER' | 'ROLE';
    readonly ref: string;
    readonly state: 'open' | 'claimed' | 'filled' | 'void' | 'transferred';
    readonly claimedBy: string | null;
    /** How it came about: by the definition, by somebody (`adhoc`), an escalation, or the fallback of a step that had nobody. */
    readonly origin: Assignment['origin'];
  }[];
  readonly decisions: readonly {
    readonly id: string;
    readonly actorId: string;
    readonly onBehalfOf: string | null;
    readonly verdict: Verdict;
    readonly comment: Personal<string> | null;
    readonly counted: boolean;
    readonly reason: string | null;
    readonly at: string;
  }[];
  /** Who settled it in the place of whom it asks; the step then shows `overridden`. */
  readonly override: {
    readonly outcome: 'approve' | 'reject';
    readonly overriddenBy: string;
    readonly reason: Personal<string>;
    readonly at: string;
  } | null;
}

/** A step as it stands: by its latest execution, or pending when it will be asked (again). */
export function stepNow(review: StartedReview, index: number): StepOverview {
  const overview = stepOverview(review, index, latestExecution(review, index));
  return willBeAsked(review, index) ? { ...overview, status: 'pending' } : overview;
}

/** A step and one of its executions; the latest one also shows what was decided in earlier rounds. */
export function stepOverview(review: StartedReview, index: number, execution: Execution | undefined): StepOverview {
  const step = review.steps[index];
  if (!step) throw new Error(`The review has no step ${index}.`);
  if (!execution) {
    const { key } = step;
    const requiredApprovals = needed(step.rule, seatCount(step));
    return {
      key,
      status: 'pending',
      round: review.round,
      requiredApprovals,
      dueAt: null,
      assignments: [],
      decisions: [],
      override: null,
    };
  }
  const isLatest = execution === latestExecution(review, index);
  const all = standings(review, index);
  const shown = all.filter(({ decision }) => belongs(execution, decision, isLatest));
  const filled = new Set(shown.flatMap(({ decision, reason }) => (reason === null ? [decision.assignmentId] : [])));
  return {
    key: step.key,
    status: execution.proof?.state === 'overridden' ? 'overridden' : execution.status,
    round: execution.round,
    requiredApprovals: needed(step.rule, execution.status === 'skipped' ? seatCount(step) : liveSeats(execution)),
    dueAt: execution.clock.dueAt,
    assignments: execution.assignments.map((it) => ({
      id: it.assignmentId,
      type: it.kind,
      ref: it.ref,
      state: stateOf(it, filled.has(it.assignmentId)),
      claimedBy: filled.has(it.assignmentId) ? null : (it.claim?.claimedBy ?? null),
      origin: it.origin,
    })),
    decisions: shown.map(({ decision, reason }) => ({
      id: decision.decisionId,
      actorId: decision.actorId,
      onBehalfOf: decision.onBehalfOf,
      verdict: decision.verdict,
      comment: decision.comment,
      counted: reason === null,
      reason,
      at: decision.at,
    })),
    override: overrideOf(review, execution),
  };
}

/** In the latest execution everything ever decided on its assignments; in an earlier one, what was decided in it. */
const belongs = (execution: Execution, decision: Decision, isLatest: boolean): boolean =>
  isLatest
    ? execution.assignments.some(({ assignmentId }) => assignmentId === decision.assignmentId)
    : execution.executionId === decision.executionId;

const stateOf = ({ live, gone, claim }: Assignment, isFilled: boolean) =>
  live ? (isFilled ? 'filled' : claim ? 'claimed' : 'open') : (gone ?? 'transferred');

/** It was never reached, or a revision took away what carried it or came before that: the review comes (back) to it. */
export function willBeAsked(review: StartedReview, index: number): boolean {
  const status = latestExecution(review, index)?.status;
  if (status === undefined) return true;
  return isOpen(review) && (status === 'superseded' || (status === 'satisfied' && !stillSatisfied(review, index)));
}

const liveSeats = ({ assignments }: Execution): number => assignments.filter(({ live }) => live).length;

/** What settled an execution: said of it, or, after a revert to the same content, of an earlier one. */
function overrideOf({ overrides }: StartedReview, { proof, executionId, step }: Execution): StepOverview['override'] {
  if (proof?.state !== 'overridden') return null;
  const found = overrides.find((it) => it.executionId === executionId) ?? overrides.findLast((it) => it.step === step);
  if (!found) return null;
  const { outcome, overriddenBy, reason, at } = found;
  return { outcome, overriddenBy, reason, at };
}

const seatCount = (step: Step): number =>
  step.assignees.reduce((seats, assignee) => seats + seatsOf(assignee, step), 0);

/** How many approvals the rule alone asks for, of that many assignments. */
function needed(rule: Rule, seats: number): number {
  if ('and' in rule) return rule.and.reduce((sum, part) => sum + needed(part, seats), 0);
  if ('or' in rule) return Math.min(...rule.or.map((part) => needed(part, seats)));
  if ('count' in rule) return rule.count;
  if ('weight' in rule) return rule.weight;
  if ('percent' in rule) return Math.max(1, shareOf(rule.percent, seats));
  return 'any' in rule ? 1 : seats;
}
