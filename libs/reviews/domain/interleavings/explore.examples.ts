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
    private readonly remembers = true,
  ) {}

  static of(decider: ReviewDecider, appends: readonly (readonly ReviewEvent[])[]): History {
    const start = new History(decider, decider.initialState, []);
    return appends.reduce((history, events) => history.extended(events), start);
  }

  /** The same history, of which nothing is remembered: what follows is decided and folded anew every time. */
  forgetful(): History {
    return new History(this.decider, this.review, this.appends, false);
  }

  get events(): readonly ReviewEvent[] {
    return this.appends.flat();
  }

  with(events: readonly ReviewEvent[], by: number | string): History {
    if (!this.remembers) return this.extended(events);
    const key = `${by} ${events.map(({ type }) => type).join(' ')}`;
    const known = this.next.get(key) ?? this.extended(events);
    this.next.set(key, known);
    return known;
  }

  /** The decider is pure: what it says of a command here it says always. */
  decide(command: ReviewCommand, which: number): Answer {
    if (!this.remembers) return this.asked(command);
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
    return new History(this.decider, review, [...this.appends, events], this.remembers);
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
  /** What it has decided, and is about to append. */
  readonly decided: readonly ReviewEvent[];
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

/** Commands that arrive at once on one review. */
export interface Encounter {
  readonly start: History;
  readonly commands: readonly ReviewCommand[];
  readonly judge: (end: History, endings: readonly Ending[]) => readonly string[];
  /** The commands load first what was remembered before any of them came. */
  readonly remembered?: boolean;
  readonly append?: Append;
}

interface Situation {
  readonly log: History;
  readonly all: readonly Running[];
}

const beginning = ({ start, commands }: Encounter): Situation => ({
  log: start,
  all: commands.map((): Running => ({ phase: 'load', seen: start, isFresh: false, conflicts: 0, decided: [] })),
});

/** One command goes one step further. */
function advance(
  { start, commands, remembered = false, append = exactly }: Encounter,
  { log, all }: Situation,
  which: number,
): Situation {
  const it = all[which]!;
  const next = (change: Partial<Running>, after = log): Situation => ({
    log: after,
    all: all.with(which, { ...it, ...change }),
  });
  if (it.phase === 'load')
    return remembered && !it.isFresh && it.conflicts === 0
      ? next({ phase: 'decide', seen: start })
      : next({ phase: 'decide', seen: log, isFresh: true });
  if (it.phase === 'decide') {
    const answer = it.seen.decide(commands[which]!, which);
    if ('events' in answer && answer.events.length > 0) return next({ phase: 'append', decided: answer.events });
    if (!it.isFresh) return next({ phase: 'load', isFresh: true });
    return next({ phase: 'refused' in answer ? `refused: ${answer.refused}` : 'nothing' });
  }
  const appended = append(log, it.seen, it.decided, which);
  if (appended !== 'conflict') return next({ phase: 'recorded' }, appended);
  const conflicts = it.conflicts + 1;
  return next(conflicts >= MAX_CONFLICTS ? { phase: 'gave up' } : { phase: 'load', isFresh: true, conflicts });
}

const waiting = ({ all }: Situation): readonly number[] => all.flatMap((it, which) => (isOver(it) ? [] : [which]));
const endingsOf = ({ all }: Situation): readonly Ending[] => all.map(({ phase }) => phase as Ending);

/**
 * Follows every schedule of the commands to its end. Schedules that meet in the same situation (the same log, every
 * command as far) go on alike, so that what follows is looked at once and counted for each of them.
 */
export function explore(encounter: Encounter): Exploration {
  const faults = new Set<string>();
  const endings = new Set<string>();
  const judged = new Map<History, Set<string>>();

  const finish = (end: Situation) => {
    const ended = endingsOf(end);
    const key = ended.join(', ');
    const known = judged.get(end.log) ?? new Set<string>();
    if (known.has(key)) return;
    judged.set(end.log, known.add(key));
    endings.add(key);
    for (const fault of encounter.judge(end.log, ended)) faults.add(fault);
  };

  const known = new Map<string, number>();
  /** How many schedules lead from here to the end. */
  const go = (here: Situation): number => {
    const where = `${here.log.id} ${here.all.map(situation).join(' ')}`;
    const before = known.get(where);
    if (before !== undefined) return before;
    const next = waiting(here);
    if (next.length === 0) finish(here);
    const schedules = next.reduce((sum, which) => sum + go(advance(encounter, here, which)), next.length === 0 ? 1 : 0);
    known.set(where, schedules);
    return schedules;
  };
  return { schedules: go(beginning(encounter)), faults, endings };
}

/**
 * Runs the schedules one by one, each from its beginning to its end, with every decision made, every event folded and
 * every end judged anew: nothing is merged, shared or remembered. In the order in which a counter would name them.
 */
export function runEach(encounter: Encounter): Exploration {
  const faults = new Set<string>();
  const endings = new Set<string>();
  let schedules = 0;
  /** At each step of the schedule: which of the commands that could go on did, and how many could. */
  let path: { readonly taken: number; readonly of: number }[] = [];
  do {
    const alone = { ...encounter, start: encounter.start.forgetful() };
    let here = beginning(alone);
    for (let step = 0, next = waiting(here); next.length > 0; step++, next = waiting(here)) {
      const { taken } = (path[step] ??= { taken: 0, of: next.length });
      here = advance(alone, here, next[taken]!);
    }
    schedules += 1;
    const ended = endingsOf(here);
    endings.add(ended.join(', '));
    for (const fault of encounter.judge(here.log, ended)) faults.add(fault);
    path = following(path);
  } while (path.length > 0);
  return { schedules, faults, endings };
}

/** The beginning of the next schedule; nothing after the last. */
function following(path: readonly { readonly taken: number; readonly of: number }[]) {
  const at = path.findLastIndex(({ taken, of }) => taken + 1 < of);
  return at < 0 ? [] : [...path.slice(0, at), { ...path[at]!, taken: path[at]!.taken + 1 }];
}
