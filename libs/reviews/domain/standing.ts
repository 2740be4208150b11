import type { Assignment, CaseFile, Decision } from './review.state.js';
import { currentRevision, latestRun, stepOf } from './review.state.js';
import { contributors } from './contributors.js';
import { scopeHash } from './scope-hash.js';
import { stageOf } from './stages.js';

/** Why a decision that counted once no longer does. */
export type Discounted = 'STALE' | 'VOID' | 'RESCINDED' | 'CONTRIBUTOR' | 'DUPLICATE_PERSON' | 'ASSIGNMENT_FILLED';

/** A decision, on the assignment that it fills now where it counts, and why it does not where it does not. */
export type Standing = Readonly<{ decision: Decision; reason: Discounted | null }>;

/** The people one decision speaks for: one person is one voice, by his own hand or another's. */
export const voices = ({ actorId, onBehalfOf }: Pick<Decision, 'actorId' | 'onBehalfOf'>): readonly string[] =>
  onBehalfOf === null ? [actorId] : [actorId, onBehalfOf];

/**
 * Which decisions of a step count at the current revision. Computed from hashes, never kept: no command can forget to
 * reset, a revert restores, and what a change did not touch carries over.
 */
export function standings(review: CaseFile, index: number): readonly Standing[] {
  const own = withinStep(review, index);
  const elsewhere = distinctFrom(review, index);
  if (elsewhere.length === 0) return own;
  const [firstOfStage = index] = stageOf(review.steps, index);
  const spoken = elsewhere.flatMap((other) => countedWithin(review, other).map((decision) => ({ other, decision })));
  // Between steps that run side by side, whoever spoke first on one of them counts there.
  const comesAfter = (decision: Decision) =>
    spoken.some(
      ({ other, decision: earlier }) =>
        voices(earlier).some((person) => voices(decision).includes(person)) &&
        (other < firstOfStage || placeOf(review, earlier) < placeOf(review, decision)),
    );
  const settled = new Set(elsewhere.flatMap((other) => overridersOf(review, other)));
  const isSecond = (decision: Decision) =>
    comesAfter(decision) || voices(decision).some((person) => settled.has(person));
  return own.map((standing) =>
    standing.reason === null && isSecond(standing.decision) ? { ...standing, reason: 'DUPLICATE_PERSON' } : standing,
  );
}

const placeOf = ({ decisions }: CaseFile, { decisionId }: Decision): number =>
  decisions.findIndex((decision) => decision.decisionId === decisionId);

/** The decisions of a step that count now. */
export const counted = (review: CaseFile, index: number): readonly Decision[] =>
  standings(review, index).flatMap(({ decision, reason }) => (reason === null ? [decision] : []));

/** People whose decision, or override, counts on another step and must not count on this one too. */
export const countedElsewhere = (review: CaseFile, index: number): ReadonlySet<string> =>
  new Set(
    distinctFrom(review, index).flatMap((other) => [
      ...countedWithin(review, other).flatMap(voices),
      ...overridersOf(review, other),
    ]),
  );

/** Whoever settled a step has had a say, also when the content is another by now. */
const overridersOf = ({ overrides, steps }: CaseFile, index: number): readonly string[] =>
  overrides.flatMap(({ step, overriddenBy, annulled }) =>
    step === steps[index]?.key && !annulled ? [overriddenBy] : [],
  );

/** Steps whose deciders must be others: earlier ones under `distinct: review`, and those beside it where either asks so. */
function distinctFrom({ steps }: CaseFile, index: number): readonly number[] {
  if (!steps.some(({ distinct }) => distinct === 'review')) return [];
  const stage = stageOf(steps, index);
  const asks = (place: number) => steps[place]?.distinct === 'review';
  return steps.flatMap((_, other) => {
    if (other === index) return [];
    return stage.includes(other)
      ? asks(index) || asks(other)
        ? [other]
        : []
      : other < index && asks(index)
        ? [other]
        : [];
  });
}

const countedWithin = (review: CaseFile, index: number): readonly Decision[] =>
  withinStep(review, index).flatMap(({ decision, reason }) => (reason === null ? [decision] : []));

/** A review never changes, the next one is another object: what was computed of it once stays true. */
const computed = new WeakMap<CaseFile, Map<number, readonly Standing[]>>();

function withinStep(review: CaseFile, index: number): readonly Standing[] {
  const ofReview = computed.get(review) ?? new Map<number, readonly Standing[]>();
  computed.set(review, ofReview);
  const known = ofReview.get(index) ?? compute(review, index);
  ofReview.set(index, known);
  return known;
}

function compute(review: CaseFile, index: number): readonly Standing[] {
  const execution = latestRun(review, index);
  // It all started over: what was decided on the step before counts no more.
  if (!execution) return ofStep(review, index).map((decision) => ({ decision, reason: 'VOID' }));
  const step = stepOf(review, execution);
  const live = new Map(execution.assignments.filter((it) => it.live).map((it) => [it.assignmentId, it]));
  const own = contributors(review);
  const gone = new Set(review.executions.flatMap((it) => (it.index === index ? it.recused : [])));
  const spoken = new Set<string>();
  const filled = new Set<string>();

  const reasonFor = (decision: Decision): Discounted | null => {
    if (decision.rescinded) return 'RESCINDED';
    const assignment = live.get(decision.assignmentId);
    if (!assignment || decision.annulled) return 'VOID';
    if (voices(decision).some((person) => gone.has(person))) return 'VOID';
    if (step.staleness !== 'never' && decision.scopeHash !== scopeHash(step, assignment.scope, currentRevision(review)))
      return 'STALE';
    if ([...voices(decision), ...decision.delegationPath].some((person) => own.has(person))) return 'CONTRIBUTOR';
    if (voices(decision).some((person) => spoken.has(person))) return 'DUPLICATE_PERSON';
    return filled.has(decision.assignmentId) ? 'ASSIGNMENT_FILLED' : null;
  };
  const counts = (decision: Decision): Standing => {
    filled.add(decision.assignmentId);
    for (const person of voices(decision)) spoken.add(person);
    return { decision, reason: null };
  };
  const stand = (decision: Decision): Standing => {
    const reason = reasonFor(decision);
    return reason === null ? counts(decision) : { decision, reason };
  };

  // One that an earlier decision is back on the assignment of was as good: it fills another one like it, where one is left.
  return ofStep(review, index)
    .map(stand)
    .map((standing) => {
      if (standing.reason !== 'ASSIGNMENT_FILLED') return standing;
      const { decision } = standing;
      const own = live.get(decision.assignmentId);
      const free = [...live.values()].find((it) => !filled.has(it.assignmentId) && own && isAlike(it, own));
      const { reason, decision: moved } = stand(free ? { ...decision, assignmentId: free.assignmentId } : decision);
      return { decision: reason === null ? moved : decision, reason };
    });
}

/** Made by the same assignee of the definition, so that it asks the same people and stands for the same. */
const isAlike = (one: Assignment, other: Assignment): boolean =>
  one.origin === 'definition' && other.origin === 'definition' && one.assignee === other.assignee;

const ofStep = ({ decisions, steps }: CaseFile, index: number): readonly Decision[] =>
  decisions.filter(({ step }) => step === steps[index]?.key);

/** The counted decision that fills an assignment, if one does. */
export const fillerOf = (review: CaseFile, index: number, assignmentId: string): Decision | undefined =>
  counted(review, index).find((decision) => decision.assignmentId === assignmentId);

/** Live assignments that no counted decision fills, in their order. */
export function openSeats(review: CaseFile, index: number): readonly Assignment[] {
  const filled = new Set(counted(review, index).map(({ assignmentId }) => assignmentId));
  const assignments = latestRun(review, index)?.assignments ?? [];
  return assignments.filter(({ live, assignmentId }) => live && !filled.has(assignmentId));
}
