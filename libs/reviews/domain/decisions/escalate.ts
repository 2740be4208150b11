import type { Rung } from '#libs/kernel/domain/workflow-definition';
import { acting, isSubmitter, type Acting } from '../acting.js';
import { Draft } from '../draft.js';
import { asksFor } from '../eligible.js';
import { excluded } from '../four-eyes.js';
import { fireRung, whyNotAsked, type Climber, type SkipReason } from '../fire-rung.js';
import { isTerminal, nextRung, usedRungs } from '../ladder.js';
import type { Escalate, EscalationTarget } from '../review.commands.js';
import {
  FourEyes,
  InvalidState,
  NotEligible,
  PermissionMissing,
  PersonAlreadyCounted,
  ReasonRequired,
  StepResolved,
  ValidationFailed,
} from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, runningExecution, stepOf, type Execution, type StartedReview } from '../review.state.js';
import { executionOf, settle } from '../settle.js';
import { counted, openSeats, voices } from '../standing.js';

/** By hand: asks somebody in addition, or fires the next rung of the ladder. Always with a reason. */
export function escalate(command: Escalate, review: StartedReview): readonly ReviewEvent[] {
  const { data, facts, metadata } = command;
  const who = acting(command);
  guardEntitled(command, review, who);
  if (data.reason.trim() === '') throw new ReasonRequired();
  if (isEnded(review)) throw new StepResolved(review.status, null);
  const execution = runningExecution(review);
  if (review.status !== 'in_review' || !execution)
    throw new InvalidState('The review waits for its submitter.', { status: review.status });

  const draft = new Draft(review, metadata);
  const climber: Climber = { by: 'hand', actorId: who.actorId, reason: data.reason };
  if (data.to) fireRung(draft, rungByHand(command, review, execution, data.to), climber, facts.directory);
  else climb(draft, execution, climber, command);
  liftRounds(draft, execution);
  settle(draft, facts.directory);
  return draft.events;
}

/** The submitter, somebody the step still waits for, or somebody with the permission. */
function guardEntitled({ facts }: Escalate, review: StartedReview, who: Acting): void {
  if (facts.may.reassign || isSubmitter(review, who)) return;
  const execution = runningExecution(review);
  const holds =
    execution &&
    openSeats(review, execution.index).some((seat) =>
      asksFor(review, execution, seat, who.principal, facts.directory),
    ) &&
    !excluded(review, execution.index).has(who.principal);
  if (!holds)
    throw new PermissionMissing(
      'Only the submitter, a holder of an open assignment, or somebody who may reassign escalates.',
      'review:reassign',
    );
}

/** The rung a person invents: an `add`, or a mere reminder when the target is asked already. */
function rungByHand({ facts }: Escalate, review: StartedReview, execution: Execution, to: EscalationTarget): Rung {
  const skip = whyNotAsked(review, execution, to, facts.directory);
  if (skip !== null && skip !== 'already-assigned') throw refusalOf(skip, review, execution, to);
  const taken = new Set([...usedRungs(execution), ...stepOf(review, execution).ladder.map(({ id }) => id)]);
  const id = Array.from({ length: taken.size + 1 }, (_, made) => `hand-${made + 1}`).find((it) => !taken.has(it));
  return { id: id ?? 'hand', at: '0', action: skip === null ? 'add' : 'remind', to };
}

function refusalOf(skip: SkipReason, review: StartedReview, execution: Execution, to: EscalationTarget) {
  const name = 'user' in to ? `user:${to.user}` : `role:${to.role}`;
  const decision = counted(review, execution.index).find((it) => 'user' in to && voices(it).includes(to.user));
  if (skip === 'four-eyes') return new FourEyes(`${name} has a part in this subject.`);
  if (decision) return new PersonAlreadyCounted(decision.decisionId, decision.verdict);
  return new NotEligible(`Nobody can be asked as ${name}.`);
}

/** The next unused rung; one that cannot do what it says is skipped for the one after it, but never for an ending. */
function climb(draft: Draft, execution: Execution, climber: Climber, { facts }: Escalate): void {
  const step = stepOf(draft.review, execution);
  for (let skipped = 0; ; skipped++) {
    const running = runningExecution(draft.review);
    const rung = running && nextRung(step, running);
    if (!rung || (skipped > 0 && isTerminal(rung))) {
      if (skipped > 0) return;
      throw new ValidationFailed('There is no rung left on the ladder: say whom to ask.', [
        { pointer: '/to', code: 'required', detail: 'names a user or a role when the ladder has no rung left' },
      ]);
    }
    if (fireRung(draft, rung, climber, facts.directory)) return;
  }
}

/** A step that had all its rounds goes on with whom it was escalated to. */
function liftRounds(draft: Draft, before: Execution): void {
  const after = runningExecution(draft.review);
  const asked = draft.events.some(({ type }) => type === 'AssignmentAdded' || type === 'AssignmentTransferred');
  if (asked && after && before.blocked?.code === 'ROUNDS_EXHAUSTED')
    draft.record('StepUnblocked', { ...executionOf(after), at: draft.now });
}
