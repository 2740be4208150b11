import { DomainError } from '#libs/kernel/domain/domain-error';
import type { Directory } from '../directory.js';
import { askedBy } from '../eligible.js';
import {
  currentRevision,
  runningExecutions,
  stepOf,
  type Assignment,
  type Execution,
  type Review,
  type StartedReview,
} from '../review.state.js';
import { takeSeat } from '../seats.js';
import { openSeats } from '../standing.js';
import { waitFor, waitingOnStep } from './receipt-state.js';
import { evaluateStep, refs, type ConditionCode } from '../evaluate.js';

/**
 * `GET /reviews/{id}/explanation`: everything an open review waits for, at once. A running step has no conditions
 * exactly when its outcome follows from what is recorded; that is between two events of one command, never after one.
 */
export interface Explanation {
  readonly status: StartedReview['status'];
  readonly conditions: readonly Condition[];
  readonly nextTimer: NextTimer | null;
}

export interface Condition {
  readonly code: ConditionCode;
  readonly have: number;
  readonly need: number;
  /** Whom it asks: `user:<id>` or `role:<name>`. */
  readonly who: readonly string[];
  /** Who of them could do it now, as the commands would judge; only where the people are known. */
  readonly people?: readonly string[];
  readonly since: string;
  readonly evidence: { readonly step: string; readonly rule: unknown; readonly decisions: readonly string[] };
}

export interface NextTimer {
  readonly kind: 'rung' | 'breach';
  readonly rungId: string | null;
  readonly action: string | null;
  readonly dueAt: string;
}

/** With the directory, also who could meet each condition by acting now. */
export function explanation(review: StartedReview, directory?: Directory): Explanation {
  const running = runningExecutions(review);
  const timers = running.map((execution) => nextTimer(review, execution)).filter((timer) => timer !== null);
  return {
    status: review.status,
    conditions: running.flatMap((execution, place) => conditionsOf(review, execution, place === 0, directory)),
    nextTimer: timers.toSorted(byDueTime)[0] ?? null,
  };
}

/** What one step waits for; that the submitter must act is told once. */
function conditionsOf(
  review: StartedReview,
  execution: Execution,
  isFirst: boolean,
  directory: Directory | undefined,
): readonly Condition[] {
  const { proof } = evaluateStep(review, execution.index);
  const unmet = [...(isFirst ? waitFor(review) : []), ...waitingOnStep(review, execution)];
  return unmet.map(({ condition, have, need, who }) => ({
    code: condition,
    have,
    need,
    who,
    ...(directory && { people: peopleFor(review, execution, condition, who, directory) }),
    since: since(review, execution, condition),
    evidence: { step: execution.step, rule: proof.rule, decisions: proof.decisions },
  }));
}

/** Conditions that a decision on the step meets, or helps to. */
const BY_DECIDING: readonly ConditionCode[] = [
  'approvals',
  'participation',
  'approvals-of-assignee',
  'distinct-people',
];

function peopleFor(
  review: StartedReview,
  execution: Execution,
  code: ConditionCode,
  who: readonly string[],
  directory: Directory,
): readonly string[] {
  if (BY_DECIDING.includes(code)) {
    const seats = openSeats(review, execution.index).filter((seat) => who.some((ref) => refs([seat]).includes(ref)));
    // Seats alike are asked for once.
    const kinds = new Map(seats.map((seat) => [`${seat.kind} ${seat.ref} ${seat.claim?.claimId}`, seat]));
    const able = [...kinds.values()].flatMap((seat) =>
      askedBy(review, execution, seat, directory).filter((person) => mayTake(review, seat, person, directory)),
    );
    return [...new Set(able)].toSorted();
  }
  const named = who.flatMap((ref) =>
    ref.startsWith('user:') ? [ref.slice('user:'.length)] : directory.holders(ref.slice('role:'.length)),
  );
  return [...new Set(named)].filter((person) => directory.person(person)?.active).toSorted();
}

/** Asks the guard of decisions itself. */
function mayTake(review: StartedReview, { assignmentId }: Assignment, userId: string, directory: Directory): boolean {
  const who = { actorId: userId, onBehalfOf: null, delegationPath: [], principal: userId };
  const { revision: reviewedRevision } = currentRevision(review);
  try {
    return takeSeat(review, { who, reviewedRevision, verdict: 'approve', assignmentId }, directory) !== null;
  } catch (refusal) {
    if (!(refusal instanceof DomainError)) throw refusal;
    return false;
  }
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
