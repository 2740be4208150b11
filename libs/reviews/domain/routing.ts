import type { Directory } from './directory.js';
import { askedBy } from './eligible.js';
import { evaluateStep, refs, weigh, type Assumed, type Evaluation } from './evaluate.js';
import { excluded } from './four-eyes.js';
import type { Assignment, CaseFile, Execution } from './review.state.js';
import type { Evaluated } from './rule.js';
import { Seating } from './seating.js';
import { counted, openSeats, voices } from './standing.js';

/** Whether enough different people exist to satisfy a step; when not, what is missing and from whom. */
export type Routing =
  | Readonly<{ ok: true }>
  | Readonly<{
      ok: false;
      code: 'UNSATISFIABLE' | 'SELF_ONLY';
      need: number;
      have: number;
      who: readonly string[];
      /** Assignments nobody is left for. */
      lacking: readonly Assignment[];
    }>;

/** An approval that is thought of: which seat it would fill, and who would have spoken by it. */
export type Taken = Readonly<{ assignmentId: string; people: readonly [string, ...string[]] }>;

/**
 * Seats every open assignment with a different person who may act, as many as possible, and asks whether the step would
 * be satisfied if all of them approved. Never weaker than the rule: when it would not, somebody must route the step.
 * With `taken` the question is asked as if that approval had been given.
 */
export function routing(review: CaseFile, execution: Execution, directory: Directory, taken?: Taken): Routing {
  const { index } = execution;
  const barred = excluded(review, index, directory);
  const spoken = new Set([...counted(review, index).flatMap(voices), ...(taken?.people ?? [])]);
  const seats = openSeats(review, index).filter(({ assignmentId }) => assignmentId !== taken?.assignmentId);
  // Seats of one role ask the same people: each list is made once.
  const lists = new Map<string, { asked: readonly string[]; able: readonly string[] }>();
  const ableFor = (seat: Assignment): readonly string[] => {
    const key = `${seat.kind} ${seat.ref} ${seat.role ?? ''}`;
    const known = lists.get(key);
    if (known) return known.able;
    const asked = askedBy(review, execution, seat, directory);
    const able = asked.filter((person) => !barred.has(person) && !spoken.has(person));
    lists.set(key, { asked, able });
    return able;
  };
  const given: readonly Assumed[] = taken
    ? [{ assignmentId: taken.assignmentId, verdict: 'approve', person: taken.people[0] }]
    : [];

  let first: Trial | undefined;
  for (const demands of ways(weigh(review, index, given), seats)) {
    const trial = seat(seats, demands, ableFor);
    const best = evaluateStep(review, index, [...given, ...trial.approvals]);
    if (best.proof.state === 'satisfied') return { ok: true };
    first ??= { ...trial, best };
  }
  if (!first) throw new Error('There is always one way to seat people.');
  const missing = first.best.unmet.find(({ condition }) => condition !== 'change-items');
  const all = [...lists.values()];
  const nobody = all.every(({ able }) => able.length === 0) && spoken.size === 0;
  return {
    ok: false,
    code: nobody && all.some(({ asked }) => asked.length > 0) ? 'SELF_ONLY' : 'UNSATISFIABLE',
    need: missing?.need ?? first.best.proof.need,
    have: missing?.have ?? first.best.proof.have,
    who: refs(first.lacking.length > 0 ? first.lacking : seats),
    lacking: first.lacking,
  };
}

/** So much is needed of these seats, which are open. */
type Demand = Readonly<{ seats: readonly Assignment[]; lack: number; weighs: boolean }>;
type Seated = Readonly<{ approvals: readonly Assumed[]; lacking: readonly Assignment[] }>;
type Trial = Seated & { best: Evaluation };

/** Serves the demands in their order, then every other seat; a seat that has got somebody keeps somebody. */
function seat(
  seats: readonly Assignment[],
  demands: readonly Demand[],
  ableFor: (seat: Assignment) => readonly string[],
): Seated {
  const seating = new Seating(ableFor);
  for (const { seats: asked, lack, weighs } of demands) {
    const measure = ({ weight }: Assignment) => (weighs ? weight : 1);
    let rest = lack - asked.reduce((sum, it) => (seating.has(it) ? sum + measure(it) : sum), 0);
    for (const it of weighs ? asked.toSorted((a, b) => b.weight - a.weight) : asked)
      if (rest > 0 && !seating.has(it) && seating.place(it)) rest -= measure(it);
  }
  for (const it of seats) if (!seating.has(it)) seating.place(it);
  const approvals = seats.flatMap((it): Assumed[] => {
    const person = seating.personOn(it);
    return person === undefined ? [] : [{ assignmentId: it.assignmentId, verdict: 'approve', person }];
  });
  return { approvals, lacking: seats.filter((it) => !seating.has(it)) };
}

/**
 * Orders in which demands may be served: that of the definition, then each demand first, because who fits several must
 * go where nobody else fits; and all that for each alternative of an `or`.
 */
function* ways(
  { rule, minima }: ReturnType<typeof weigh>,
  seats: readonly Assignment[],
): Generator<readonly Demand[], void> {
  const own = minima.map(({ assignee, have, need }): Demand => ({
    seats: seats.filter((it) => it.assignee === assignee),
    lack: need - have,
    weighs: false,
  }));
  const plans = alternatives(rule, seats).map((leaves) => [...own, ...leaves].filter(({ lack }) => lack > 0));
  yield* plans;
  for (const plan of plans) for (const demand of plan.slice(1)) yield [demand, ...plan.filter((it) => it !== demand)];
}

/** More ways than these to satisfy one rule nobody writes by hand. */
const MOST_WAYS = 32;

function alternatives(
  { rule, nodes, state, have, need }: Evaluated,
  seats: readonly Assignment[],
): readonly Demand[][] {
  if (state === 'satisfied') return [[]];
  if ('or' in rule && nodes) return nodes.flatMap((node) => alternatives(node, seats)).slice(0, MOST_WAYS);
  if ('and' in rule && nodes)
    return nodes.reduce<Demand[][]>(
      (ways, node) => {
        const further = alternatives(node, seats);
        return ways.flatMap((way) => further.map((more) => [...way, ...more])).slice(0, MOST_WAYS);
      },
      [[]],
    );
  const group = 'group' in rule ? rule.group : undefined;
  const asked = group === undefined ? seats : seats.filter((it) => it.group === group);
  const weighs = 'weight' in rule || 'percent' in rule;
  // Of votes cast, everyone counts: the more come, the better.
  return [[{ seats: asked, lack: 'percent' in rule && rule.of === 'cast' ? Infinity : need - have, weighs }]];
}
