import { acting } from '../acting.js';
import { ask } from '../ask.js';
import { canDecide, type Directory } from '../directory.js';
import { Draft } from '../draft.js';
import { askedBy } from '../eligible.js';
import { guardMayReassign } from '../entitled.js';
import { guardChoice } from '../choice.js';
import { excluded } from '../four-eyes.js';
import { guardRunning } from '../named-seat.js';
import type { AddApprover, EscalationTarget } from '../review.commands.js';
import {
  FourEyes,
  InvalidState,
  NotEligible,
  PersonAlreadyCounted,
  StepResolved,
  ValidationFailed,
} from '../review.errors.js';
import type { ReviewEvent } from '../review.events.js';
import { isEnded, latestExecution, type Execution, type StartedReview } from '../review.state.js';
import { settle } from '../settle.js';
import { counted, openSeats, voices } from '../standing.js';

/**
 * Asks a person, or one more holder of a role, on a step that runs. What the rule asks for stays: where all have to
 * agree, one more has to; where a number has to, it is the same number of more people.
 */
export function addApprover(command: AddApprover, review: StartedReview): readonly ReviewEvent[] {
  guardMayReassign(command, 'Asking somebody in addition takes a permission.');
  const { data, facts, metadata } = command;
  const { directory } = facts;
  const who = acting({ facts, metadata });
  if (isEnded(review)) throw new StepResolved(review.status, null);
  const execution = executionNamed(review, data.step);
  guardChoice(command, review, execution.index);
  if (guardAskable(review, execution, data.to, directory) === 'asked-already') return [];

  const draft = new Draft(review, metadata);
  ask(draft, execution, data.to, { actorId: who.actorId, origin: 'adhoc', reason: data.reason }, directory);
  settle(draft, directory);
  guardStillPossible(draft, execution);
  return draft.finished();
}

function executionNamed(review: StartedReview, step: string): Execution {
  const index = review.steps.findIndex(({ key }) => key === step);
  if (index < 0)
    throw noStep(`The review has no step ${step}; it has ${review.steps.map(({ key }) => key).join(', ')}.`);
  const execution = latestExecution(review, index);
  if (!execution) throw new InvalidState(`Step ${step} has not started.`, { status: review.status, step });
  guardRunning(review, execution);
  return execution;
}

const noStep = (detail: string) => new ValidationFailed(detail, [{ pointer: '/step', code: 'unknown', detail }]);

function guardAskable(
  review: StartedReview,
  execution: Execution,
  to: EscalationTarget,
  directory: Directory,
): 'asked-already' | undefined {
  const barred = excluded(review, execution.index, directory);
  const decisions = counted(review, execution.index);
  if ('role' in to) {
    const holders = askedBy(review, execution, { kind: 'ROLE', ref: to.role }, directory);
    if (holders.length === 0)
      throw new NotEligible(
        `Nobody who may decide holds the role ${to.role}: name a role that somebody holds, or a person.`,
      );
    if (holders.every((person) => barred.has(person)))
      throw new FourEyes(`everybody who could be asked as role:${to.role} has a part in this.`);
    return undefined;
  }
  const why = barred.get(to.user);
  if (why !== undefined) throw new FourEyes(why);
  if (!canDecide(directory.person(to.user)))
    throw new NotEligible(
      `user:${to.user} is nobody who may decide: name an active person with a role that lets decide, or a role.`,
    );
  const own = decisions.find((decision) => voices(decision).includes(to.user));
  if (own) throw new PersonAlreadyCounted(own.decisionId, own.verdict);
  const isAsked = openSeats(review, execution.index).some(({ kind, ref }) => kind === 'USER' && ref === to.user);
  return isAsked ? 'asked-already' : undefined;
}

/** Asking one more must not leave the step with more assignments than people: that would block it. */
function guardStillPossible({ review }: Draft, { executionId, status }: Execution): void {
  const after = review.executions.find((it) => it.executionId === executionId);
  if (status === 'open' && after?.status === 'blocked')
    throw new NotEligible('Nobody is left who could be asked in addition.');
}
