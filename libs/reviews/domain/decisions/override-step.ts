import { acting, type Acting } from '../acting.js';
import { Draft } from '../draft.js';
import { evaluateStep } from '../evaluate.js';
import { everyIdentity, guardFourEyes } from '../four-eyes.js';
import type { OverrideStep } from '../review.commands.js';
import {
  FourEyes,
  InvalidState,
  PermissionMissing,
  ReasonRequired,
  StaleReview,
  StepResolved,
  ValidationFailed,
} from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { currentRevision, isEnded, latestExecution, runningExecutions } from '../review.state.js';
import type { Execution, StartedReview } from '../review.state.js';
import { endByRejection, executionOf, settle } from '../settle.js';

/**
 * Settles a running step in the place of whom it asks, for the content as it is now; later steps are still to be decided.
 * It stands in for approvals, never for four eyes: whoever has a part in the subject does not override either, and the
 * submitter never, also where the workflow lets submitters decide.
 */
export function overrideStep({ data, facts, metadata }: OverrideStep, review: StartedReview): readonly ReviewEvent[] {
  if (!facts.may.override) throw new PermissionMissing('Overriding a step takes a permission.', 'review:override');
  if (data.reason.trim() === '') throw new ReasonRequired();
  const who = acting({ facts, metadata });
  if (isEnded(review)) throw new StepResolved(review.status, null);
  const execution = namedExecution(review, data.step);
  if (review.status !== 'in_review')
    throw new InvalidState('The review waits for somebody else than its approvers.', { status: review.status });
  const { revision, contentHash } = currentRevision(review);
  const { reviewedRevision = revision } = data;
  if (reviewedRevision !== revision) throw new StaleReview(review.reviewId, reviewedRevision, revision);
  guardFourEyes(review, execution.index, who, facts.directory);
  guardSubmitter(review, who);

  const draft = new Draft(review, metadata);
  draft.record('ReviewOverridden', {
    ...executionOf(execution),
    outcome: data.outcome,
    overriddenBy: who.actorId,
    reason: data.reason,
    revision,
    contentHash,
    at: metadata.now,
  });
  if (data.outcome === 'reject') {
    const { proof } = evaluateStep(draft.review, execution.index);
    endByRejection(draft, execution, 'override', { ...proof, state: 'overridden' }, null);
  }
  settle(draft, facts.directory);
  return draft.finished();
}

/** The running step of that name; the only one that runs where none is named. */
function namedExecution(review: StartedReview, key: string | undefined): Execution {
  const running = runningExecutions(review);
  if (key !== undefined) {
    const index = review.steps.findIndex((step) => step.key === key);
    if (index < 0)
      throw noStep('unknown', `The review has no step ${key}; it has ${review.steps.map((it) => it.key).join(', ')}.`);
    const execution = running.find((it) => it.index === index);
    if (execution) return execution;
    const { status } = latestExecution(review, index) ?? {};
    if (status === 'satisfied' || status === 'rejected') throw new StepResolved(status, key);
    throw new InvalidState('The step is not being decided.', { status: review.status, step: key });
  }
  const [only, ...more] = running;
  if (!only) throw new InvalidState('No step is being decided.', { status: review.status });
  if (more.length > 0)
    throw noStep('required', `Say which step is overridden: ${running.map(({ step }) => step).join(' or ')}.`);
  return only;
}

const noStep = (code: string, detail: string) => new ValidationFailed(detail, [{ pointer: '/step', code, detail }]);

function guardSubmitter(review: StartedReview, who: Acting): void {
  const { submittedBy, onBehalfOf } = review;
  if (everyIdentity(who).some((it) => it === submittedBy || it === onBehalfOf))
    throw new FourEyes('nobody overrides a step of their own submission.');
}
