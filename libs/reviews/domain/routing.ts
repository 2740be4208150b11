import type { Directory } from './directory.js';
import { askedBy } from './eligible.js';
import { evaluateStep, refs, type Assumed } from './evaluate.js';
import { excluded } from './four-eyes.js';
import type { Assignment, CaseFile, Execution } from './review.state.js';
import { stepOf } from './review.state.js';
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
  const barred = excluded(review, index);
  const spoken = new Set([...counted(review, index).flatMap(voices), ...(taken?.people ?? [])]);
  const open = openSeats(review, index).filter(({ assignmentId }) => assignmentId !== taken?.assignmentId);
  const seats = byUrgency(review, execution, open, taken);
  // Seats of one role ask the same people: each list is made once.
  const lists = new Map(seats.map((seat) => [listOf(seat), seat] as const));
  const askedOf = new Map([...lists].map(([key, seat]) => [key, askedBy(review, execution, seat, directory)] as const));
  const asked = [...askedOf.values()];
  const ableOf = new Map(
    [...askedOf].map(([key, people]) => [key, people.filter((it) => !barred.has(it) && !spoken.has(it))] as const),
  );
  const able = seats.map((seat) => ableOf.get(listOf(seat)) ?? []);

  const seated = matchPeople(able);
  const assumed = seats.flatMap((seat, at): Assumed[] => {
    const person = seated[at];
    return person === undefined ? [] : [{ assignmentId: seat.assignmentId, verdict: 'approve', person }];
  });
  const first: readonly Assumed[] = taken
    ? [{ assignmentId: taken.assignmentId, verdict: 'approve', person: taken.people[0] }]
    : [];
  const best = evaluateStep(review, index, [...first, ...assumed]);
  if (best.proof.state === 'satisfied') return { ok: true };

  const lacking = seats.filter((_, at) => seated[at] === undefined);
  const missing = best.unmet.find(({ condition }) => condition !== 'change-items');
  const nobody = able.every((people) => people.length === 0) && spoken.size === 0;
  return {
    ok: false,
    code: nobody && asked.some((people) => people.length > 0) ? 'SELF_ONLY' : 'UNSATISFIABLE',
    need: missing?.need ?? best.proof.need,
    have: missing?.have ?? best.proof.have,
    who: refs(lacking.length > 0 ? lacking : seats),
    lacking,
  };
}

const listOf = ({ kind, ref, role = '' }: Assignment) => `${kind} ${ref} ${role}`;

/** The seats an assignee's minimum still needs come first, so that the matching gives people to them first. */
function byUrgency(
  review: CaseFile,
  execution: Execution,
  seats: readonly Assignment[],
  taken?: Taken,
): readonly Assignment[] {
  const step = stepOf(review, execution);
  const approvals = counted(review, execution.index).filter(({ verdict }) => verdict === 'approve');
  const approved = taken ? [...approvals, taken] : approvals;
  const urgent = step.assignees.flatMap(({ minApprovals }, assignee) => {
    const own = execution.assignments.filter((it) => it.assignee === assignee).map((it) => it.assignmentId);
    const have = approved.filter(({ assignmentId }) => own.includes(assignmentId)).length;
    return seats.filter((it) => it.assignee === assignee).slice(0, Math.max(0, (minApprovals ?? 0) - have));
  });
  return [...urgent, ...seats.filter((seat) => !urgent.includes(seat))];
}

/**
 * A largest assignment of different people to seats (augmenting paths). A seat that has got somebody keeps somebody, so
 * seats that come first are served first.
 */
export function matchPeople(able: readonly (readonly string[])[]): readonly (string | undefined)[] {
  const seatOf = new Map<string, number>();
  // Seats with the same list of people go on where the one before found somebody free.
  const next = new Map<readonly string[], number>();
  const free = (people: readonly string[]): string | undefined => {
    let at = next.get(people) ?? 0;
    while (at < people.length && seatOf.has(people[at]!)) at++;
    next.set(people, at);
    return people[at];
  };
  const place = (seat: number, tried: Set<string>): boolean => {
    const people = able[seat] ?? [];
    const one = free(people);
    if (one !== undefined) {
      seatOf.set(one, seat);
      return true;
    }
    return people.some((person) => {
      if (tried.has(person)) return false;
      tried.add(person);
      const other = seatOf.get(person);
      if (other === undefined || !place(other, tried)) return false;
      seatOf.set(person, seat);
      return true;
    });
  };
  able.forEach((_, seat) => place(seat, new Set()));
  const seated: (string | undefined)[] = able.map(() => undefined);
  for (const [person, seat] of seatOf) seated[seat] = person;
  return seated;
}
