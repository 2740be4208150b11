import { runningExecutions, stepOf, type Execution, type Review, type StartedReview } from '../review.state.js';
import { waitFor, waitingOnStep } from './receipt-state.js';
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
  const running = runningExecutions(review);
  const timers = running.map((execution) => nextTimer(review, execution)).filter((timer) => timer !== null);
  return {
    status: review.status,
    conditions: running.flatMap((execution, place) => conditionsOf(review, execution, place === 0)),
    nextTimer: timers.toSorted(byDueTime)[0] ?? null,
  };
}

/** What one step waits for; that the submitter must act is told once. */
function conditionsOf(review: StartedReview, execution: Execution, isFirst: boolean): readonly Condition[] {
  const { proof } = evaluateStep(review, execution.index);
  const unmet = [...(isFirst ? waitFor(review) : []), ...waitingOnStep(review, execution)];
  return unmet.map(({ condition, have, need, who }) => ({
    code: condition,
    have,
    need,
    who,
    since: since(review, execution, condition),
    evidence: { step: execution.step, rule: proof.rule, decisions: proof.decisions },
  }));
}

function since(review: StartedReview, execution: Execution, code: ConditionCode): string {
  if (code === 'routing') return execution.blocked?.at ?? execution.startedAt;
  if (code === 'resumption') return review.status === 'on_hold' ? review.hold.at : execution.startedAt;
  if (code === 'information') return review.infoRequests.at(-1)?.at ?? execution.startedAt;
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
  return [...rungs, ...breach].toSorted(byDueTime)[0] ?? null;
}

const byDueTime = (a: NextTimer, b: NextTimer) => Date.parse(a.dueAt) - Date.parse(b.dueAt);
