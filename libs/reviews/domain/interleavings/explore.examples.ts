import type { Decider } from '#libs/kernel/domain/decider';
import type { ReviewCommand } from '../review.commands.js';
import type { ReviewEvent } from '../review.events.js';
import type { Review } from '../review.state.js';

/*
 * Every order in which commands that arrive at once can interleave. A command is carried out as the stream handler
 * does it: load (perhaps what is remembered, which may be old), decide, append at the revision it has seen; what was
 * overtaken loads and decides anew, and a refusal counts only when it was made on what is recorded.
 */

type ReviewDecider = Decider<Review, ReviewCommand, ReviewEvent>;

/** What was recorded, append by append. The same history is the same node, however it came about. */
export class History {
  private static made = 0;
  readonly id = ++History.made;
  private readonly next = new Map<string, History>();
  private readonly answers = new Map<number, Answer>();

  private constructor(
    private readonly decider: ReviewDecider,
    readonly review: Review,
    readonly appends: readonly (readonly ReviewEvent[])[],
  ) {}

  static of(decider: ReviewDecider, appends: readonly (readonly ReviewEvent[])[]): History {
    const start = new History(decider, decider.initialState, []);
    return appends.reduce((history, events) => history.extended(events), start);
  }

  get events(): readonly ReviewEvent[] {
    return this.appends.flat();
  }

  with(events: readonly ReviewEvent[], by: number | string): History {
    const key = `${by} ${events.map(({ type }) => type).join(' ')}`;
    const known = this.next.get(key) ?? this.extended(events);
    this.next.set(key, known);
    return known;
  }

  /** The decider is pure: what it says of a command here it says always. */
  decide(command: ReviewCommand, which: number): Answer {
    const known = this.answers.get(which) ?? this.asked(command);
    this.answers.set(which, known);
    return known;
  }

  private asked(command: ReviewCommand): Answer {
    try {
      return { events: this.decider.decide(command, this.review) };
    } catch (refusal) {
      // By its shape: a variant under test brings classes of its own.
      const { code } = refusal as { code?: unknown };
      if (typeof code !== 'string') throw refusal;
      return { refused: code };
    }
  }

  private extended(events: readonly ReviewEvent[]): History {
    const revision = BigInt(this.events.length);
    const at = { revision, recordedAt: '2026-11-22T10:00:00.000Z', actorId: 'somebody' };
    const review = events.reduce((state, event) => this.decider.evolve(state, event, at), this.review);
    return new History(this.decider, review, [...this.appends, events]);
  }
}

type Answer = Readonly<{ events: readonly ReviewEvent[] }> | Readonly<{ refused: string }>;

/** How a command ended. */
export type Ending = 'recorded' | 'nothing' | `refused: ${string}` | 'gave up';

interface Running {
  readonly phase: 'load' | 'decide' | 'append' | Ending;
  readonly seen: History;
  readonly isFresh: boolean;
  readonly conflicts: number;
}

/** How appending is done; a variant may do it wrong. */
export type Append = (log: History, seen: History, events: readonly ReviewEvent[], by: number) => History | 'conflict';

/** At the revision that was seen, else not at all. */
export const exactly: Append = (log, seen, events, by) => (log === seen ? log.with(events, by) : 'conflict');

const MAX_CONFLICTS = 5;
const situation = ({ phase, seen, isFresh, conflicts }: Running) => `${phase}:${seen.id}:${isFresh}:${conflicts}`;
const isOver = ({ phase }: Running): boolean => phase !== 'load' && phase !== 'decide' && phase !== 'append';

export interface Exploration {
  readonly schedules: number;
  /** What was wrong, each once. */
  readonly faults: ReadonlySet<string>;
  /** Every way in which the commands ended, together. */
  readonly endings: ReadonlySet<string>;
}

/**
 * Follows every schedule of the commands to its end. Schedules that meet in the same situation (the same log, every
 * command as far) go on alike, so that what follows is looked at once and counted for each of them.
 * @param remembered the commands load first what was remembered before any of them came
 */
export function explore({
  start,
  commands,
  judge,
  remembered = false,
  append = exactly,
}: {
  start: History;
  commands: readonly ReviewCommand[];
  judge: (end: History, endings: readonly Ending[]) => readonly string[];
  remembered?: boolean;
  append?: Append;
}): Exploration {
  const faults = new Set<string>();
  const endings = new Set<string>();
  const judged = new Map<History, Set<string>>();

  const step = (log: History, it: Running, which: number): { log: History; it: Running } => {
    const command = commands[which]!;
    if (it.phase === 'load') {
      const loaded: Running =
        remembered && !it.isFresh && it.conflicts === 0 ? { ...it, seen: start } : { ...it, seen: log, isFresh: true };
      return { log, it: { ...loaded, phase: 'decide' } };
    }
    const answer = it.seen.decide(command, which);
    if (it.phase === 'decide') {
      if ('events' in answer && answer.events.length > 0) return { log, it: { ...it, phase: 'append' } };
      if (!it.isFresh) return { log, it: { ...it, phase: 'load', isFresh: true } };
      return { log, it: { ...it, phase: 'refused' in answer ? `refused: ${answer.refused}` : 'nothing' } };
    }
    if (!('events' in answer)) throw new Error('Only a command that recorded something appends.');
    const appended = append(log, it.seen, answer.events, which);
    if (appended !== 'conflict') return { log: appended, it: { ...it, phase: 'recorded' } };
    const conflicts = it.conflicts + 1;
    if (conflicts >= MAX_CONFLICTS) return { log, it: { ...it, phase: 'gave up' } };
    return { log, it: { ...it, phase: 'load', isFresh: true, conflicts } };
  };

  const finish = (log: History, all: readonly Running[]) => {
    const ended = all.map(({ phase }) => phase as Ending);
    const key = ended.join(', ');
    const known = judged.get(log) ?? new Set<string>();
    if (known.has(key)) return;
    judged.set(log, known.add(key));
    endings.add(key);
    for (const fault of judge(log, ended)) faults.add(fault);
  };

  const known = new Map<string, number>();
  /** How many schedules lead from here to the end. */
  const go = (log: History, all: readonly Running[]): number => {
    const where = `${log.id} ${all.map(situation).join(' ')}`;
    const before = known.get(where);
    if (before !== undefined) return before;
    let schedules = 0;
    for (const [which, it] of all.entries()) {
      if (isOver(it)) continue;
      const next = step(log, it, which);
      schedules += go(next.log, all.with(which, next.it));
    }
    if (schedules === 0) {
      finish(log, all);
      schedules = 1;
    }
    known.set(where, schedules);
    return schedules;
  };
  const schedules = go(
    start,
    commands.map((): Running => ({ phase: 'load', seen: start, isFresh: false, conflicts: 0 })),
  );
  return { schedules, faults, endings };
}
