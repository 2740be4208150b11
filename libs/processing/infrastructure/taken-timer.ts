import type { JsonObject } from '#libs/kernel/domain/json';
import type { Again, Deadline } from '../application/process-manager.js';
import { sentence } from './group-batch.js';
import type { RawRow } from './session.js';
import { backOffMs } from './targets.js';

/** A deadline of a timer, as its row holds it. */
export interface Pending extends Deadline {
  /** How often it has failed; left out: never. */
  readonly attempts?: number;
  readonly lastError?: string | null;
}

/** How it went: whether it had an effect, what is left of it, or why it failed. */
export type Fired = boolean | Again | { readonly failure: unknown };

/** A timer that this process has taken, until it lets go of it. */
export interface TakenTimer {
  readonly row: RawRow;
  /** Due when it was taken, and not tried since. */
  readonly due: readonly Pending[];
  /** What it keeps for later: not due yet, or tried without success. */
  readonly later: readonly Pending[];
}

export function takenTimer(row: RawRow): TakenTimer {
  const first: Pending = {
    timerId: row['command_id'] ?? '',
    dueAt: row['due_at'] ?? '',
    payload: JSON.parse(row['payload'] ?? '{}') as JsonObject,
    attempts: Number(row['attempts']),
    lastError: row['last_error'] ?? null,
  };
  const following = JSON.parse(row['following'] ?? '[]') as Pending[];
  const now = Date.parse(row['now'] ?? '');
  const { due = [], later = [] } = Object.groupBy([first, ...following], ({ dueAt }) =>
    Date.parse(dueAt) <= now ? 'due' : 'later',
  );
  return { row, due, later };
}

/** The timer once one of its deadlines was tried: what failed is tried again later, and holds up none of the others. */
export function afterFiring({ row, due, later }: TakenTimer, deadline: Pending, fired: Fired): TakenTimer {
  const others = due.filter((other) => other !== deadline);
  if (typeof fired === 'boolean') return { row, due: others, later };
  const { timerId, dueAt, payload } = deadline;
  // A portion of its work is done: it is due with what is left, after others that wait.
  if ('again' in fired) return { row, due: [], later: [...others, ...later, { timerId, dueAt, payload: fired.again }] };
  const failed = { timerId, dueAt, payload, attempts: attemptsOf(deadline) + 1, lastError: sentence(fired.failure) };
  return { row, due: others, later: [...later, failed] };
}

const attemptsOf = ({ attempts = 0 }: Pending): number => attempts;

const byDueTime = (a: Pending, b: Pending): number =>
  Date.parse(a.dueAt) - Date.parse(b.dueAt) || (a.timerId < b.timerId ? -1 : 1);

/** Of all that is due the deadline that comes first: one that has failed before does so after all others. */
export function firstOf(timers: Iterable<TakenTimer>): { timer: TakenTimer; deadline: Pending } | undefined {
  return [...timers]
    .flatMap((timer) => timer.due.map((deadline) => ({ timer, deadline })))
    .toSorted(({ deadline: a }, { deadline: b }) => attemptsOf(a) - attemptsOf(b) || byDueTime(a, b))
    .at(0);
}

/** What is left of a timer; undefined when nothing is. */
export interface Left {
  readonly first: Pending;
  readonly following: readonly Pending[];
  /** More of it is due that was not tried. */
  readonly goesOn: boolean;
  /** Milliseconds until what has failed is tried again; undefined when nothing has. */
  readonly pauseMs: number | undefined;
  /** When the first falls due that has not failed. */
  readonly nextDueAt: string | undefined;
}

export function leftOf({ due, later }: TakenTimer): Left | undefined {
  const deadlines = [...due, ...later].toSorted(byDueTime);
  const [first, ...following] = deadlines;
  if (!first) return undefined;
  const pauses = deadlines
    .map(attemptsOf)
    .filter((attempts) => attempts > 0)
    .map(backOffMs);
  return {
    first,
    following,
    goesOn: due.length > 0,
    pauseMs: pauses.length > 0 ? Math.min(...pauses) : undefined,
    nextDueAt: deadlines.find((deadline) => attemptsOf(deadline) === 0)?.dueAt,
  };
}
