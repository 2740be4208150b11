import { evaluateCondition, expressionsIn } from '#libs/kernel/domain/condition';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { Erased } from '#libs/kernel/domain/personal';
import type { Directory } from './directory.js';
import { allowedByRules } from './auto-rules.js';
import { consumedAt } from './clock.js';
import type { Draft } from './draft.js';
import type { EventData } from './event-data.js';
import { evaluateStep, stillSatisfied, type Evaluation } from './evaluate.js';
import {
  currentRevision,
  isRunning,
  latestExecution,
  needsHand,
  runningExecutions,
  stepOf,
  type CaseFile,
  type Execution,
} from './review.state.js';
import { routing } from './routing.js';
import { stagesOf } from './stages.js';
import { startStep } from './start-step.js';

/**
 * Whatever follows from what has just been recorded goes into the same append: a step completes, the next ones start
 * (and may complete at once, by decisions that carry over), the review ends, a step turns out to be blocked or no
 * longer is. So a quorum cannot be reached twice: whoever comes second decides on the new state.
 */
export function settle(draft: Draft, directory: Directory): void {
  while (draft.review.status === 'in_review') {
    const running = runningExecutions(draft.review).map((execution) => ({
      execution,
      evaluation: evaluateStep(draft.review, execution.index),
    }));
    const rejected = running.find(({ evaluation }) => evaluation.outcome === 'rejected');
    if (rejected) return reject(draft, rejected.execution, rejected.evaluation);
    const satisfied = running.find(
      ({ execution, evaluation }) => evaluation.outcome === 'satisfied' && !waitsForHand(draft, execution),
    );
    if (!satisfied) {
      for (const { execution, evaluation } of running) route(draft, execution, evaluation, directory);
      return;
    }
    complete(draft, satisfied.execution, satisfied.evaluation);
    goOn(draft, directory);
  }
}

/**
 * Starts the steps of the first stage that still needs somebody: those whose approvals do not carry them (any more) and
 * whose condition does not say no. When there is none, the review is approved, unless neither people nor rules were asked.
 */
export function goOn(draft: Draft, directory: Directory): void {
  for (const stage of stagesOf(draft.review.steps)) {
    const needed = stage.filter((index) => !stillSatisfied(draft.review, index) && !skip(draft, index));
    const running = new Set(runningExecutions(draft.review).map(({ index }) => index));
    for (const index of needed) if (!running.has(index)) startStep(draft, index, directory);
    if (needed.length > 0) return;
  }
  if (isAllSkipped(draft.review) && !allowedByRules(draft.review)) return askAfterAll(draft, directory);
  const { revision, contentHash } = currentRevision(draft.review);
  draft.record('ReviewApproved', { revision, contentHash, approvedAt: draft.now });
}

/** Whether the condition of a step says no to the current content. Told once; a step that runs is asked no more. */
function skip(draft: Draft, index: number): boolean {
  const { review } = draft;
  const step = stepOf(review, { index });
  const latest = latestExecution(review, index);
  if (!step.when || (latest && isRunning(latest))) return false;
  const content = currentRevision(review).content as JsonObject | Erased;
  // One command may ask the conditions of every step.
  const expressions = expressionsIn(review.steps.flatMap(({ when }) => (when ? [when] : [])));
  const { value, trace } = evaluateCondition(step.when, content, { expressions });
  if (value !== false) return false;
  if (latest?.status !== 'skipped')
    draft.record('StepSkipped', {
      executionId: draft.newId('execution'),
      step: step.key,
      round: review.round,
      index,
      reason: 'condition',
      trace,
      at: draft.now,
    });
  return true;
}

const isAllSkipped = (review: CaseFile): boolean =>
  review.steps.every((_, index) => latestExecution(review, index)?.status === 'skipped');

/** Nobody was asked, and nothing is approved by nobody: the last step waits for somebody to bring people to it. */
function askAfterAll(draft: Draft, directory: Directory): void {
  startStep(draft, draft.review.steps.length - 1, directory);
  for (const execution of runningExecutions(draft.review))
    block(draft, execution, { code: 'ALL_SKIPPED', need: 1, have: 0, who: [] }, directory);
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
  reason: EventData<'StepRejected'>['reason'],
  proof: Evaluation['proof'],
  decisionId: string | null,
): void {
  const consumedMs = consumedAt(execution.clock, draft.now);
  draft.record('StepRejected', { ...executionOf(execution), reason, proof, consumedMs, at: draft.now });
  draft.record('ReviewRejected', { step: execution.step, decisionId, rejectedAt: draft.now });
}

/** Says whether enough people are there, and who is asked to help when they are not. */
function route(draft: Draft, execution: Execution, evaluation: Evaluation, directory: Directory): void {
  const { blocked } = execution;
  if (waitsForHand(draft, execution)) return;
  if (isOutOfTime(draft, execution, evaluation)) {
    const { need, have, who } = evaluation.unmet[0] ?? { need: 1, have: 0, who: [] };
    return block(draft, execution, { code: 'DEADLINE', need, have, who }, directory);
  }
  const routed = routing(draft.review, execution, directory);
  if (!routed.ok && !blocked) block(draft, execution, routed, directory);
  if (routed.ok && blocked) draft.record('StepUnblocked', { ...executionOf(execution), at: draft.now });
}

/** The vote was closed just now, and those who came neither satisfy the rule nor said no. */
const isOutOfTime = (draft: Draft, { executionId, blocked }: Execution, { outcome }: Evaluation): boolean =>
  !blocked &&
  outcome === 'unsatisfiable' &&
  draft.events.some(({ type, data }) => type === 'SlaBreached' && data.executionId === executionId);

function block(
  draft: Draft,
  execution: Execution,
  {
    code,
    need,
    have,
    who,
  }: Readonly<{ code: EventData<'StepBlocked'>['code']; need: number; have: number; who: readonly string[] }>,
  directory: Directory,
): void {
  const fallback = [...managersOf(draft.review, who, directory), 'role:admin'];
  draft.record('StepBlocked', { ...executionOf(execution), code, need, have, who: [...who], fallback, at: draft.now });
}

/** Whether a step that is blocked for another reason than people still waits for somebody to be asked in addition. */
function waitsForHand(draft: Draft, execution: Execution): boolean {
  const { executionId } = execution;
  if (!needsHand(execution)) return false;
  return !draft.events.some(
    ({ type, data }) =>
      (type === 'ReviewOverridden' && data.executionId === executionId) ||
      (type === 'AssignmentAdded' && data.executionId === executionId && data.instead === undefined) ||
      (type === 'AssignmentTransferred' && data.executionId === executionId && data.successor.origin !== 'adhoc'),
  );
}

/** Managers of the named people nobody can stand in for; the submitter routes nothing of his own. */
function managersOf({ submittedBy }: CaseFile, who: readonly string[], directory: Directory): readonly string[] {
  const managers = who.flatMap((ref) => {
    const manager = ref.startsWith('user:') ? directory.person(ref.slice('user:'.length))?.managerId : undefined;
    return manager !== undefined && manager !== submittedBy && directory.person(manager)?.active ? [manager] : [];
  });
  return [...new Set(managers)].map((manager) => `user:${manager}`);
}
