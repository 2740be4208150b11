import type { Directory } from './directory.js';
import { consumedAt } from './clock.js';
import type { Draft } from './draft.js';
import { evaluateStep, stillSatisfied, type Evaluation } from './evaluate.js';
import { currentRevision, runningExecution, type CaseFile, type Execution } from './review.state.js';
import { routing, type Routing } from './routing.js';
import { startStep } from './start-step.js';

/**
 * Whatever follows from what has just been recorded goes into the same append: a step completes, the next one starts
 * (and may complete at once, by decisions that carry over), the review ends, a step turns out to be blocked or no
 * longer is. So a quorum cannot be reached twice: whoever comes second decides on the new state.
 */
export function settle(draft: Draft, directory: Directory): void {
  for (;;) {
    const execution = draft.review.status === 'in_review' ? runningExecution(draft.review) : undefined;
    if (!execution) return;
    const evaluation = evaluateStep(draft.review, execution.index);
    switch (evaluation.outcome) {
      case 'rejected':
        return reject(draft, execution, evaluation);
      case 'satisfied':
        complete(draft, execution, evaluation);
        goOn(draft, directory);
        continue;
      case 'pending':
      case 'unsatisfiable':
        return route(draft, execution, routing(draft.review, execution, directory), directory);
    }
  }
}

/** Starts the first step whose approvals do not carry it (any more); without one the review is approved. */
export function goOn(draft: Draft, directory: Directory): void {
  const { review } = draft;
  const next = review.steps.findIndex((_, index) => !stillSatisfied(review, index));
  if (next >= 0) return startStep(draft, next, directory);
  const { revision, contentHash } = currentRevision(review);
  draft.record('ReviewApproved', { revision, contentHash, approvedAt: draft.now });
}

export const executionOf = ({ executionId, step, round }: Execution) => ({ executionId, step, round });

function complete(draft: Draft, execution: Execution, { proof }: Evaluation): void {
  if (execution.status === 'blocked') draft.record('StepUnblocked', { ...executionOf(execution), at: draft.now });
  const consumedMs = consumedAt(execution.clock, draft.now);
  draft.record('StepCompleted', { ...executionOf(execution), proof, consumedMs, completedAt: draft.now });
}

function reject(draft: Draft, execution: Execution, { proof, because, decisionId }: Evaluation): void {
  endByRejection(draft, execution, because ?? 'unreachable', { ...proof, state: 'failed' }, decisionId);
}

/** The step is rejected, and the review with it. */
export function endByRejection(
  draft: Draft,
  execution: Execution,
  reason: 'rejection' | 'unreachable' | 'rounds' | 'rung',
  proof: Evaluation['proof'],
  decisionId: string | null,
): void {
  const consumedMs = consumedAt(execution.clock, draft.now);
  draft.record('StepRejected', { ...executionOf(execution), reason, proof, consumedMs, at: draft.now });
  draft.record('ReviewRejected', { step: execution.step, decisionId, rejectedAt: draft.now });
}

function route(draft: Draft, execution: Execution, routed: Routing, directory: Directory): void {
  const { blocked } = execution;
  if (routed.ok) {
    // Rounds that are used up are no question of people: only somebody added by hand lifts that.
    if (blocked && blocked.code !== 'ROUNDS_EXHAUSTED')
      draft.record('StepUnblocked', { ...executionOf(execution), at: draft.now });
    return;
  }
  if (blocked) return;
  const { code, need, have, who } = routed;
  const fallback = [...managersOf(draft.review, who, directory), 'role:admin'];
  draft.record('StepBlocked', { ...executionOf(execution), code, need, have, who: [...who], fallback, at: draft.now });
}

/** Managers of the named people nobody can stand in for; the submitter routes nothing of his own. */
function managersOf({ submittedBy }: CaseFile, who: readonly string[], directory: Directory): readonly string[] {
  const managers = who.flatMap((ref) => {
    const manager = ref.startsWith('user:') ? directory.person(ref.slice('user:'.length))?.managerId : undefined;
    return manager !== undefined && manager !== submittedBy && directory.person(manager)?.active ? [manager] : [];
  });
  return [...new Set(managers)].map((manager) => `user:${manager}`);
}
