import { runningExecution, stepOf, type Execution, type Review, type StartedReview } from '../review.state.js';
import { waitingOn } from './receipt-state.js';
import { evaluateStep, type ConditionCode } from '../evaluate.js';

/** `GET /reviews/{id}/explanation`: what an open review waits for. No conditions ⇔ nothing holds it. */
export interface Explanation {
  readonly status: StartedReview['status'];
  readonly conditions: readonly Condition[];
  readonly nextTimer: NextTimer | null;
}

export interface Condition {
  readonly code: ConditionCode;
  readonly have: number;
  readonly need: number;
  readonly who: readonly string[];
  readonly since: string;
  readonly evidence: { readonly step: string; readonly rule: unknown; readonly decisions: readonly string[] };
}

export interface NextTimer {
  readonly kind: 'rung' | 'breach';
  readonly rungId: string | null;
  readonly action: string | null;
  readonly dueAt: string;
}

export function explanation(review: StartedReview): Explanation {
  const execution = runningExecution(review);
  if (!execution) return { status: review.status, conditions: [], nextTimer: null };
  const { proof } = evaluateStep(review, execution.index);
  const conditions = waitingOn(review).map(({ condition, have, need, who }) => ({
    code: condition,
    have,
    need,
    who,
    since: since(review, execution, condition),
    evidence: { step: execution.step, rule: proof.rule, decisions: proof.decisions },
  }));
  return { status: review.status, conditions, nextTimer: nextTimer(review, execution) };
}

function since(review: StartedReview, execution: Execution, code: ConditionCode): string {
  if (code === 'routing') return execution.blocked?.at ?? execution.startedAt;
  if (code === 'resubmission' || code === 'change-items')
    return review.changeRequests.findLast(({ step }) => step === execution.step)?.at ?? execution.startedAt;
  return execution.startedAt;
}

/** What the clock will do first if nobody does anything. */
export function nextTimer(review: Review, execution: Execution): NextTimer | null {
  const { clock } = execution;
  if (review.status !== 'in_review' || clock.runningSince === null) return null;
  const { ladder } = stepOf(review, execution);
  const rungs = execution.rungs.map(({ rungId, dueAt }): NextTimer => {
    const action = ladder.find(({ id }) => id === rungId)?.action ?? null;
    return { kind: 'rung', rungId, action, dueAt };
  });
  const breach: readonly NextTimer[] =
    clock.dueAt === null || clock.breachedAt !== null
      ? []
      : [{ kind: 'breach', rungId: null, action: null, dueAt: clock.dueAt }];
  return [...rungs, ...breach].toSorted((a, b) => Date.parse(a.dueAt) - Date.parse(b.dueAt))[0] ?? null;
}
