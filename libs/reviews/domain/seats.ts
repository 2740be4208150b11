import { DomainError } from '#libs/kernel/domain/domain-error';
import { inTheNameOf, type Acting } from './acting.js';
import { nobodyDelegates, type Delegations } from './delegations.js';
import { canDecide, type Directory } from './directory.js';
import { asksFor } from './eligible.js';
import { stillSatisfied } from './evaluate.js';
import { fittingAssignment, isBy, ownDecision, type Wanted } from './fitting-assignment.js';
import { excluded, everyIdentity, guardFourEyes } from './four-eyes.js';
import {
  DelegationOutOfScope,
  InvalidState,
  NotEligible,
  PersonAlreadyCounted,
  StaleReview,
  StepResolved,
} from './review.errors.js';
import { currentRevision, isEnded, needsHand, runningExecutions } from './review.state.js';
import type { Assignment, Execution, StartedReview } from './review.state.js';
import { routing } from './routing.js';
import { counted, voices } from './standing.js';
import { matterOf } from './matter.js';

/** What a person wants to do on a running step, and what that person has seen. */
export type Attempt = Wanted & Readonly<{ reviewedRevision: number }>;

/** A seat to act on, and in whose name. */
export type Seat = Readonly<{ execution: Execution; assignment: Assignment; who: Acting }>;

/** One in whose name the actor may speak: on a step that runs; or `null`, on none (any more). */
type Name = Readonly<{ who: Acting; executionId?: string | null }>;

/**
 * The one way to a seat, for every command that speaks on a step: in one's own name, else in that of somebody who lets
 * one act for him. Null when this very decision was made before.
 */
export function takeSeat(
  review: StartedReview,
  attempt: Attempt,
  directory: Directory,
  delegations: Delegations = nobodyDelegates,
): Seat | null {
  const { who } = attempt;
  const own = seatOrRefusal(review, attempt, { who }, directory);
  if (own && 'assignment' in own) return own;
  const names = otherNames(review, attempt, directory, delegations);
  if (own === null) {
    guardOneVoice(review, attempt, names, directory);
    return null;
  }
  // Whom the step does not ask is told what the people he acts for would be told.
  const isAsked = !(own instanceof NotEligible) && isAskedNow(review, who.actorId, directory);
  let refusal: DomainError | undefined;
  for (const name of names) {
    const seat = seatOrRefusal(review, attempt, name, directory);
    if (seat === null || 'assignment' in seat) return seat;
    if (!isAsked && !(seat instanceof NotEligible)) refusal ??= seat;
  }
  if (refusal) throw refusal;
  if (own instanceof NotEligible && canDecide(directory.person(who.actorId)))
    guardScope(review, who, names, directory, delegations);
  throw own;
}

const seatOrRefusal = (
  review: StartedReview,
  attempt: Attempt,
  name: Name,
  directory: Directory,
): Seat | DomainError | null => answerOf(() => seatInOneName(review, { ...attempt, ...name }, directory));

/** The people whom this review asks and who let the actor act for them: by clean ways first. */
function otherNames(
  review: StartedReview,
  attempt: Attempt,
  directory: Directory,
  delegations: Delegations,
): readonly Name[] {
  const { actorId } = attempt.who;
  const isActive = (userId: string) => directory.person(userId)?.active === true;
  if (!canDecide(directory.person(actorId)) || delegations.principalsOf(actorId, 'any', isActive).length === 0)
    return [];
  const names = meantBy(review, attempt).flatMap((execution) => {
    const matter = matterOf(review, execution.step);
    const barred = excluded(review, execution.index, directory);
    const isClean = (userId: string) => isActive(userId) && !barred.has(userId);
    const clean = delegations.principalsOf(actorId, matter, isClean);
    const every = delegations.principalsOf(actorId, matter, isActive);
    const rest = every.filter(({ principal }) => clean.every((it) => it.principal !== principal));
    return [...clean, ...rest]
      .filter(({ principal }) => isAskedOn(review, execution, principal, directory))
      .map((it) => ({ who: inTheNameOf(actorId, it), executionId: execution.executionId }));
  });
  // Whoever was asked before may have been spoken for before: the same click again.
  const before = delegations
    .principalsOf(actorId, matterOf(review, review.executions.at(-1)?.step), isActive)
    .filter(({ principal }) => names.every(({ who }) => who.principal !== principal))
    .filter(({ principal }) => review.executions.some((it) => isAskedOn(review, it, principal, directory)));
  return [...names, ...before.map((it) => ({ who: inTheNameOf(actorId, it), executionId: null }))];
}

const isAskedOn = (review: StartedReview, execution: Execution, userId: string, directory: Directory): boolean =>
  execution.assignments.some((it) => asksFor(review, execution, it, userId, directory));

const isAskedNow = (review: StartedReview, userId: string, directory: Directory): boolean =>
  runningExecutions(review).some((execution) => isAskedOn(review, execution, userId, directory));

/** A second click of somebody who has spoken, while a seat of a person he may act for is free, is a second voice. */
function guardOneVoice(review: StartedReview, attempt: Attempt, names: readonly Name[], directory: Directory): void {
  if (attempt.assignmentId !== undefined) return;
  const spoken = new Set(runningExecutions(review).flatMap(({ index }) => counted(review, index).flatMap(voices)));
  for (const name of names) {
    if (spoken.has(name.who.principal)) continue;
    const answer = seatOrRefusal(review, attempt, name, directory);
    if (answer instanceof PersonAlreadyCounted) throw answer;
  }
}

/** Whoever may act for somebody the step asks, but not in this matter, is told so. */
function guardScope(
  review: StartedReview,
  { actorId }: Acting,
  names: readonly Name[],
  directory: Directory,
  delegations: Delegations,
): void {
  const isActive = (userId: string) => directory.person(userId)?.active === true;
  const asked = delegations
    .principalsOf(actorId, 'any', isActive)
    .filter(({ principal }) =>
      names.every(({ who, executionId }) => executionId === null || who.principal !== principal),
    )
    .filter(({ principal }) => isAskedNow(review, principal, directory));
  if (asked.length > 0) throw new DelegationOutOfScope(asked.map(({ principal }) => principal));
}

/**
 * In the order in which refusals are answered: resolved, wrong status, stale revision, four eyes, blocked, not eligible,
 * transferred, filled, counted already. Null when this very decision was made before.
 */
function seatInOneName(review: StartedReview, attempt: Attempt & Name, directory: Directory): Seat | null {
  const resolved = resolvedBefore(review, attempt, directory);
  if (resolved) {
    if (isRepeated(review, resolved, attempt)) return null;
    throw new StepResolved(isEnded(review) ? review.status : 'satisfied', isEnded(review) ? null : resolved.step);
  }
  if (isEnded(review)) throw new StepResolved(review.status, null);
  const { executionId } = attempt;
  if (executionId === null) throw new NotEligible('No step that runs asks for this person.');
  const meant = meantBy(review, attempt).filter((it) => executionId === undefined || it.executionId === executionId);
  return firstTaken(meant, (execution) => seatOn(review, execution, attempt, directory));
}

/** Of steps that run side by side the one whose assignment is named, else all. */
function meantBy(review: StartedReview, { assignmentId }: Attempt): readonly Execution[] {
  const running = runningExecutions(review);
  const named = running.filter((it) => it.assignments.some((seat) => seat.assignmentId === assignmentId));
  return named.length > 0 ? named : running;
}

/** Of steps that run side by side the first that takes the attempt; when none does, what the first one said. */
function firstTaken(
  running: readonly Execution[],
  take: (execution: Execution | undefined) => Seat | null,
): Seat | null {
  const [first, ...others] = running;
  if (others.length === 0) return take(first);
  const answers = running.map((execution) => answerOf(() => take(execution)));
  const taken = answers.find((answer) => answer !== null && !(answer instanceof DomainError));
  if (taken) return taken as Seat;
  if (answers.includes(null)) return null;
  throw answers.find((answer) => !(answer instanceof NotEligible)) ?? answers[0];
}

function answerOf(take: () => Seat | null): Seat | DomainError | null {
  try {
    return take();
  } catch (refusal) {
    if (refusal instanceof DomainError) return refusal;
    throw refusal;
  }
}

/** The seat on one running step; null when this very decision was made on it before. */
function seatOn(
  review: StartedReview,
  execution: Execution | undefined,
  attempt: Attempt,
  directory: Directory,
): Seat | null {
  const { who, reviewedRevision, verdict } = attempt;
  const { revision } = currentRevision(review);
  if (execution && reviewedRevision === revision && isRepeated(review, execution, attempt)) return null;
  if (review.status !== 'in_review' || !execution)
    throw new InvalidState(
      review.status === 'on_hold' ? 'The review is on hold.' : 'The review waits for its submitter.',
      { status: review.status },
    );

  if (reviewedRevision !== revision) throw new StaleReview(review.reviewId, reviewedRevision, revision);
  guardFourEyes(review, execution.index, who, directory);
  guardRouted(review, execution, directory);
  const assignment = fittingAssignment(review, execution, attempt, directory);
  const own = ownDecision(review, execution, who);
  if (!own || verdict === null) return { execution, assignment, who };
  if (own.verdict === verdict && isBy(own, who)) return null;
  throw new PersonAlreadyCounted(own.decisionId, own.verdict);
}

/** A blocked step takes nobody's decision until enough people exist for it. */
function guardRouted(review: StartedReview, execution: Execution, directory: Directory): void {
  if (execution.status !== 'blocked') return;
  if (!needsHand(execution) && routing(review, execution, directory).ok) return;
  throw new InvalidState('The step is blocked: somebody must be asked in addition (escalate).', {
    status: review.status,
    step: execution.step,
    blocked: execution.blocked?.code ?? null,
  });
}

/** The resolved step that this attempt was meant for: the one it names, or the last one, when the running ones ask for others. */
function resolvedBefore(
  review: StartedReview,
  { who, assignmentId }: Attempt,
  directory: Directory,
): Execution | undefined {
  const newestFirst = review.executions.toReversed();
  const isResolved = ({ status }: Execution) => status === 'satisfied' || status === 'rejected';
  if (isEnded(review)) return newestFirst.find(isResolved);
  const running = runningExecutions(review);
  if (assignmentId !== undefined) {
    const named = newestFirst.find((it) => it.assignments.some((seat) => seat.assignmentId === assignmentId));
    return named && isResolved(named) ? named : undefined;
  }
  const isAsked = (execution: Execution) =>
    execution.assignments.some((it) => asksFor(review, execution, it, who.principal, directory));
  if (running.some(isAsked)) return undefined;
  // A revision took the outcome of a satisfied step away: it will be asked again.
  const holds = (it: Execution) => it.status === 'rejected' || stillSatisfied(review, it.index);
  return newestFirst.find(
    (it) =>
      isResolved(it) &&
      holds(it) &&
      isAsked(it) &&
      !everyIdentity(who).some((person) => excluded(review, it.index, directory).has(person)),
  );
}

/** The same person, the same verdict, on the same revision: the same click. A capacity counts where it is claimed. */
const isRepeated = (
  review: StartedReview,
  { index }: Execution,
  { who, verdict, reviewedRevision, assignmentId }: Attempt,
): boolean =>
  counted(review, index).some(
    (it) =>
      it.actorId === who.actorId &&
      (who.onBehalfOf === null || it.onBehalfOf === who.onBehalfOf) &&
      it.verdict === verdict &&
      it.revision === reviewedRevision &&
      (assignmentId === undefined || it.assignmentId === assignmentId),
  );
