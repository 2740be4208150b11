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
  const ofReview = computed.get(review) ?? new Map<number, readonly Standing[]>();
  computed.set(review, ofReview);
  if (!ofReview.has(index))
    for (const [step, known] of compute(review, together(review, index))) ofReview.set(step, known);
  return ofReview.get(index) ?? [];
}

/** Steps whose decisions are weighed together: side by side, where one is to be decided by others than those beside it. */
function together({ steps }: CaseFile, index: number): readonly number[] {
  const stage = stageOf(steps, index);
  return stage.some((place) => steps[place]?.distinct === 'review') ? stage : [index];
}

/** The decisions of a step that count now. */
export const counted = (review: CaseFile, index: number): readonly Decision[] =>
  standings(review, index).flatMap(({ decision, reason }) => (reason === null ? [decision] : []));

/** People whose decision, or override, counts on another step and must not count on this one too. */
export const countedElsewhere = (review: CaseFile, index: number): ReadonlySet<string> =>
  new Set(
    distinctFrom(review, index).flatMap((other) => [
      ...counted(review, other).flatMap(voices),
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

/** A review never changes, the next one is another object: what was computed of it once stays true. */
const computed = new WeakMap<CaseFile, Map<number, readonly Standing[]>>();

/** What is known of a step while its decisions are gone through. */
function desk(review: CaseFile, index: number) {
  const execution = latestRun(review, index);
  const others = distinctFrom(review, index);
  const stage = stageOf(review.steps, index);
  const earlier = others.filter((other) => !stage.includes(other));
  return {
    // It all started over: what was decided on the step before counts no more.
    step: execution && stepOf(review, execution),
    live: new Map((execution?.assignments ?? []).filter((it) => it.live).map((it) => [it.assignmentId, it])),
    gone: new Set(review.executions.flatMap((it) => (it.index === index ? it.recused : []))),
    beside: others.filter((other) => stage.includes(other)),
    elsewhere: new Set([
      ...earlier.flatMap((other) => counted(review, other).flatMap(voices)),
      ...others.flatMap((other) => overridersOf(review, other)),
    ]),
    spoken: new Set<string>(),
    filled: new Set<string>(),
  };
}

/** Of steps side by side together, in the order of decisions: whoever spoke first on one of them counts there, and takes no seat on the others. */
function compute(review: CaseFile, stage: readonly number[]): ReadonlyMap<number, readonly Standing[]> {
  const own = contributors(review);
  const desks = new Map(stage.map((index) => [index, desk(review, index)]));
  const indexOf = new Map(stage.map((index) => [review.steps[index]?.key, index]));

  const reasonFor = (decision: Decision, index: number): Discounted | null => {
    const { step, live, gone, spoken, filled, elsewhere, beside } = desks.get(index)!;
    if (!step) return 'VOID';
    if (decision.rescinded) return 'RESCINDED';
    const assignment = live.get(decision.assignmentId);
    if (!assignment || decision.annulled) return 'VOID';
    if (voices(decision).some((person) => gone.has(person))) return 'VOID';
    if (step.staleness !== 'never' && decision.scopeHash !== scopeHash(step, assignment.scope, currentRevision(review)))
      return 'STALE';
    if ([...voices(decision), ...decision.delegationPath].some((person) => own.has(person))) return 'CONTRIBUTOR';
    const heard = [spoken, elsewhere, ...beside.map((other) => desks.get(other)!.spoken)];
    if (voices(decision).some((person) => heard.some((people) => people.has(person)))) return 'DUPLICATE_PERSON';
    return filled.has(decision.assignmentId) ? 'ASSIGNMENT_FILLED' : null;
  };
  const stand = (decision: Decision, index: number): Standing => {
    const reason = reasonFor(decision, index);
    if (reason !== null) return { decision, reason };
    const { filled, spoken } = desks.get(index)!;
    filled.add(decision.assignmentId);
    for (const person of voices(decision)) spoken.add(person);
    return { decision, reason: null };
  };

  const first = review.decisions.flatMap((decision) => {
    const index = indexOf.get(decision.step);
    return index === undefined ? [] : [{ index, standing: stand(decision, index) }];
  });
  // One that an earlier decision is back on the assignment of was as good: it fills another one like it, where one is left.
  const all = first.map(({ index, standing }) => {
    if (standing.reason !== 'ASSIGNMENT_FILLED') return { index, standing };
    const { decision } = standing;
    const { live, filled } = desks.get(index)!;
    const seat = live.get(decision.assignmentId);
    const free = [...live.values()].filter((it) => !filled.has(it.assignmentId) && seat && isAlike(it, seat));
    // What somebody keeps for himself is taken last.
    const to = free.find(({ claim }) => claim === null) ?? free[0];
    const { reason, decision: moved } = stand(to ? { ...decision, assignmentId: to.assignmentId } : decision, index);
    return { index, standing: { decision: reason === null ? moved : decision, reason } };
  });
  return new Map(stage.map((index) => [index, all.flatMap((it) => (it.index === index ? [it.standing] : []))]));
}

/** Made by the same assignee of the definition, so that it asks the same people and stands for the same. */
const isAlike = (one: Assignment, other: Assignment): boolean =>
  one.origin === 'definition' && other.origin === 'definition' && one.assignee === other.assignee;

/** The counted decision that fills an assignment, if one does. */
export const fillerOf = (review: CaseFile, index: number, assignmentId: string): Decision | undefined =>
  counted(review, index).find((decision) => decision.assignmentId === assignmentId);

/** Live assignments that no counted decision fills, in their order. */
export function openSeats(review: CaseFile, index: number): readonly Assignment[] {
  const filled = new Set(counted(review, index).map(({ assignmentId }) => assignmentId));
  const assignments = latestRun(review, index)?.assignments ?? [];
  return assignments.filter(({ live, assignmentId }) => live && !filled.has(assignmentId));
}
