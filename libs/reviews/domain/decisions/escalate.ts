import type { Rung } from '#libs/kernel/domain/workflow-definition';
import { acting, actingForSubmitter, actingOnStep, isSubmitter, type Acting } from '../acting.js';
import { Draft } from '../draft.js';
import { askedBy } from '../eligible.js';
import { mayChoose } from '../choice.js';
import { everyIdentity, excluded } from '../four-eyes.js';
import { climb, fireRung, whyNotAsked, type Climber, type SkipReason } from '../fire-rung.js';
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
import { isEnded, runningExecutions, stepOf, type Execution, type StartedReview } from '../review.state.js';
import { settle } from '../settle.js';
import { counted, openSeats, voices } from '../standing.js';
import { matterOf } from '../matter.js';
import { isNamed, namedTargets } from '../named-targets.js';

/** By hand: asks somebody in addition, or fires the next rung of the ladder that ends nothing. Always with a reason. */
export function escalate(command: Escalate, review: StartedReview): readonly ReviewEvent[] {
  const { data, facts, metadata } = command;
  const who = escalating(command, review);
  if (data.reason.trim() === '') throw new ReasonRequired();
  if (isEnded(review)) throw new StepResolved(review.status, null);
  const forSubmitter = actingForSubmitter(command, review);
  if (
    data.to &&
    'user' in data.to &&
    isSubmitter(review, forSubmitter) &&
    everyIdentity(forSubmitter).includes(data.to.user)
  )
    throw new FourEyes('nobody who acts for the submitter asks themselves.');
  const execution = executionFor(review, command);
  if (review.status !== 'in_review' || !execution)
    throw new InvalidState('The review waits for its submitter.', { status: review.status });

  const draft = new Draft(review, metadata);
  const climber: Climber = { by: 'hand', who, reason: data.reason };
  const rung = data.to ? rungByHand(command, draft, execution, data.to) : nextOf(review, execution);
  if (data.to) fireRung(draft, execution.executionId, rung, climber, facts.directory);
  else climb(draft, execution.executionId, rung, climber, facts.directory);
  settle(draft, facts.directory);
  return draft.finished();
}

/** Somebody with the permission, the submitter, somebody a step still waits for, or whoever acts for one of these. */
function escalating(command: Escalate, review: StartedReview): Acting {
  if (command.facts.may.reassign) return acting(command);
  const who = actingForSubmitter(command, review);
  if (isSubmitter(review, who)) return who;
  for (const execution of runningExecutions(review)) {
    const holder = holderOn(review, execution, command);
    if (holder) return holder;
  }
  throw new PermissionMissing(
    'Only the submitter, a holder of an open assignment, or somebody who may reassign escalates.',
    'review:reassign',
  );
}

/** The actor as one who holds a seat that is open, or who acts for somebody who does; by clean hands only. */
function holderOn(review: StartedReview, execution: Execution, command: Escalate): Acting | undefined {
  const { directory } = command.facts;
  const own = acting(command);
  const barred = excluded(review, execution.index, directory);
  if (barred.has(own.actorId)) return undefined;
  const asked = openSeats(review, execution.index).flatMap((it) => askedBy(review, execution, it, directory));
  const able = asked.filter((person) => !barred.has(person));
  if (able.includes(own.actorId)) return own;
  const other = actingOnStep(command, able, matterOf(review, execution.step), barred);
  return other && everyIdentity(other).some((person) => barred.has(person)) ? undefined : other;
}

/** Of the steps that run side by side the one whose seat the person holds, else one that is blocked, else the first. */
function executionFor(review: StartedReview, command: Escalate): Execution | undefined {
  const running = runningExecutions(review);
  return (
    running.find((execution) => holderOn(review, execution, command) !== undefined) ??
    running.find(({ blocked }) => blocked !== null) ??
    running[0]
  );
}

/** The rung a person invents: an `add`, or a mere reminder when the target is asked already. */
function rungByHand(command: Escalate, draft: Draft, execution: Execution, to: EscalationTarget): Rung {
  const { facts } = command;
  const { review } = draft;
  const skip = whyNotAsked(draft, execution, 'add', to, facts.directory);
  if (skip !== null && skip !== 'already-assigned') throw refusalOf(skip, review, execution, to, facts);
  const chooses = facts.may.reassign && mayChoose(command, review, execution.index);
  if (!chooses && !isNamed(review, execution, to, facts.directory)) throw notNamed(review, execution, facts);
  const taken = new Set([...usedRungs(execution), ...stepOf(review, execution).ladder.map(({ id }) => id)]);
  const id = Array.from({ length: taken.size + 1 }, (_, made) => `hand-${made + 1}`).find((it) => !taken.has(it));
  return { id: id ?? 'hand', at: '0', action: skip === null ? 'add' : 'remind', to };
}

function refusalOf(
  skip: SkipReason,
  review: StartedReview,
  execution: Execution,
  to: EscalationTarget,
  { directory }: Escalate['facts'],
) {
  const name = 'user' in to ? `user:${to.user}` : `role:${to.role}`;
  const decision = counted(review, execution.index).find((it) => 'user' in to && voices(it).includes(to.user));
  if (skip === 'four-eyes') return new FourEyes(`${name} has a part in this subject.`);
  if (decision) return new PersonAlreadyCounted(decision.decisionId, decision.verdict);
  const named = namedTargets(review, execution, directory).join(', ');
  return new NotEligible(`Nobody who may decide can be asked as ${name}; the step and its ladder name ${named}.`);
}

/** Who approves is chosen by the workflow, or by somebody who may choose and has no part in the subject. */
function notNamed(review: StartedReview, execution: Execution, { directory }: Escalate['facts']) {
  const named = namedTargets(review, execution, directory).join(', ');
  return new PermissionMissing(
    `Only people whom the step or its ladder names are asked (${named}); others by somebody who may reassign and has no part in the subject. Without \`to\` the next rung of the ladder fires.`,
    'review:reassign',
  );
}

/** The next unused rung of the ladder. An ending keeps its own time: nobody decides for those who are asked by hurrying it on. */
function nextOf(review: StartedReview, execution: Execution): Rung {
  const rung = nextRung(stepOf(review, execution), execution);
  if (rung && !isTerminal(rung)) return rung;
  throw new ValidationFailed(`${whatIsLeft(execution, rung)}: say whom to ask.`, [
    { pointer: '/to', code: 'required', detail: 'names a user or a role when no rung of the ladder is left to fire' },
  ]);
}

function whatIsLeft({ rungs }: Execution, ending: Rung | undefined): string {
  if (!ending) return 'There is no rung left on the ladder';
  const due = rungs.find(({ rungId }) => rungId === ending.id)?.dueAt;
  const when = due === undefined ? 'at its own time' : `at ${due}`;
  return `No rung of the ladder is left to fire by hand but its ending ${ending.id} (${ending.action}), which comes by itself ${when}`;
}
