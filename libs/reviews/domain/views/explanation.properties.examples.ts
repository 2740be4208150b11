import fc from 'fast-check';
import { DomainError } from '#libs/kernel/domain/domain-error';
import type { Delegations } from '../delegations.js';
import type { Directory } from '../directory.js';
import { Draft } from '../draft.js';
import type { Verdict } from '../review.commands.js';
import { reviewDecider } from '../review.decider.js';
import type { ReviewEvent } from '../review.events.js';
import * as example from '../review.examples.js';
import { currentRevision, isOpen, notStarted, runningExecutions, type Review } from '../review.state.js';
import { goOn, settle } from '../settle.js';
import { mayOf, NAMES, scripts, worldOf, type Grant } from '../simulation/random-scripts.examples.js';
import { simulate, type Simulation } from '../simulation/simulate.js';
import { eligibility, mayDecide } from './eligibility.js';
import { explanation } from './explanation.js';

/* What must hold of every answer to "why does it wait?" and "who may act?", at every revision of every story. */

const metadata = example.approve('nobody').metadata;

/** Executions whose outcome follows from what is recorded, with nobody doing anything. */
function resolvedByThemselves(review: Review, directory: Directory) {
  const draft = new Draft(review, metadata);
  if (review.status === 'in_review' && runningExecutions(review).length === 0) goOn(draft, directory);
  else settle(draft, directory);
  const ids = (type: 'StepCompleted' | 'StepRejected') =>
    draft.events.flatMap((event) => (event.type === type ? [event.data.executionId] : []));
  return { completed: ids('StepCompleted'), rejected: ids('StepRejected'), goesOn: draft.events.length > 0 };
}

type Seen = Readonly<{ review: Review; directory: Directory; isBetween: boolean; delegations: Delegations }>;

/** Grants that hold throughout, in every matter, and are passed on to nobody. */
const lets = (grants: readonly Grant[]): Delegations => ({
  principalsOf: (delegateId, _, passes) =>
    grants
      .filter(({ delegator, delegate }) => delegate === delegateId && delegator !== delegateId && passes(delegator))
      .map(({ delegator }) => ({ principal: delegator, path: [delegator], revision: 'd1' })),
  delegatesOf: (principal, _, passes) =>
    grants.flatMap(({ delegator, delegate }) =>
      delegator === principal && delegate !== principal && passes(delegate) ? [delegate] : [],
    ),
});

/** Every revision of a simulated story; `isBetween`: inside the append of one command. */
function* revisionsOf({ events, turns }: Simulation, delegations: Delegations): Generator<Seen> {
  const ends = new Set(turns.flatMap((turn) => turn.events.slice(-1)));
  let review: Review = notStarted;
  for (const { revision, type, data, recordedAt, actorId } of events) {
    const at = { revision: BigInt(revision), recordedAt, actorId };
    review = reviewDecider.evolve(review, { type, data } as ReviewEvent, at);
    yield { review, directory: example.directory(), isBetween: !ends.has(revision), delegations };
  }
}

const everywhere = (numRuns: number, check: (seen: Seen) => void) =>
  fc.assert(
    fc.property(scripts, ({ workflow, script, grants }) => {
      const delegations = lets(grants);
      const world = worldOf(workflow, { facts: ({ person }) => ({ may: mayOf(person), delegations }) });
      for (const seen of revisionsOf(simulate(script, world), delegations)) check(seen);
    }),
    { numRuns },
  );

/**
 * A running step has no condition ⇔ its outcome is recorded by the next thing that is recorded, whoever does it. After
 * a whole command every open review has conditions.
 */
export const explanationIsEmptyExactlyWhenATransitionFollows = (numRuns: number) =>
  everywhere(numRuns, ({ review, directory, isBetween }) => {
    if (!isOpen(review)) return;
    const { conditions } = explanation(review, directory);
    const waiting = new Set(conditions.map(({ evidence }) => evidence.step));
    const running = runningExecutions(review);
    if (review.status !== 'in_review') {
      expect([review.status, conditions.length > 0 || running.length === 0]).toEqual([review.status, true]);
      return;
    }
    const { completed, rejected, goesOn } = resolvedByThemselves(review, directory);
    const free = running.filter(({ step }) => !waiting.has(step)).map(({ executionId }) => executionId);
    if (running.length === 0) expect(goesOn).toBe(true);
    else if (rejected.length > 0) expect(free).toEqual(expect.arrayContaining(rejected));
    else expect(free).toEqual(completed.filter((id) => running.some(({ executionId }) => executionId === id)));
    if (!isBetween) expect([...waiting].toSorted()).toEqual([...new Set(running.map(({ step }) => step))].toSorted());
  });

/** Whom an explanation names for a condition that a decision meets, a decision is taken from; nobody else. */
export const explanationNamesWhoCanAct = (numRuns: number) =>
  everywhere(numRuns, ({ review, directory, isBetween }) => {
    if (review.status !== 'in_review' || isBetween) return;
    for (const { people = [], code } of explanation(review, directory).conditions) {
      if (!['approvals', 'participation', 'approvals-of-assignee', 'distinct-people'].includes(code)) continue;
      for (const person of people) expect([person, mayDecide(review, person, directory).may]).toEqual([person, true]);
    }
  });

/** What eligibility says of a person is what `decide` does with that person's decision, in whosever name. */
export const eligibilityAgreesWithDecide = (numRuns: number) =>
  everywhere(numRuns, ({ review, directory, delegations }) => {
    if (review.status === 'not_started') return;
    const { revision } = currentRevision(review);
    const listed = new Set(eligibility(review, directory, delegations).people.map(({ userId }) => userId));
    for (const person of NAMES) {
      const { may, reason } = mayDecide(review, person, directory, delegations);
      if (!listed.has(person)) expect([person, may]).toEqual([person, false]);
      const answer = (verdict: Verdict, assignmentId?: string) => {
        const options = { revision, directory, time: '23:00', ...(assignmentId !== undefined && { assignmentId }) };
        const command = example.decide(person, verdict, options);
        return answerTo({ ...command, facts: { ...command.facts, delegations } }, review);
      };
      const isTaken = (assignmentId?: string) => {
        const [approve, reject] = [answer('approve', assignmentId), answer('reject', assignmentId)];
        // A repeated approval is nothing; then it is the other verdict that tells.
        return Number(approve) > 0 || (approve === 0 && Number(reject) > 0);
      };
      const running = runningExecutions(review);
      const named = running.length > 1 ? running.flatMap(({ assignments }) => assignments) : [];
      const anyTaken = isTaken() || named.some(({ assignmentId }) => isTaken(assignmentId));
      expect([person, anyTaken]).toEqual([person, may]);
      if (!may) expect([0, reason, 'person-already-counted', 'step-resolved']).toContain(answer('approve'));
    }
  });

function answerTo(command: ReturnType<typeof example.decide>, review: Review): number | string {
  try {
    return reviewDecider.decide(command, review).length;
  } catch (refusal) {
    if (!(refusal instanceof DomainError)) throw refusal;
    return refusal.code;
  }
}
