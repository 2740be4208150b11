import { EventStoreUnavailable } from './errors.js';
import type { AppendResult, NewEvent, Position } from './event-store.js';
import { nothing, type Relied } from './relied.js';
import { within } from './turns.js';

/** Where the last event of an append was put. */
interface Landed {
  readonly position: Position;
}

/** An append that did not happen, neither did those that were to follow it. */
export interface Refused {
  /** Where the streams stand that it was to write or to check, as far as that is known. */
  readonly actual: ReadonlyMap<string, bigint>;
  /** Its own stream is not where it was thought to be, so that all commands are decided on what is new in it. */
  readonly isStale: boolean;
}

export type Landing = Landed | Refused;

export const hasLanded = (landing: Landing): landing is Landed => 'position' in landing;

const MAX_COMMANDS = 64;
const MAX_SIZE = 256 * 1024;

/** What broke the one before says nothing about the commands in this one: they are decided anew. */
function notAtFault(error: unknown): Refused {
  if (error instanceof EventStoreUnavailable) throw error;
  return { actual: nothing, isStale: true };
}

interface ConvoyOptions<Ahead> {
  /** The state its first command is decided on. */
  readonly base: Ahead;
  /** The one it must wait for. */
  readonly before: Convoy<Ahead> | undefined;
  /** How long it waits, in milliseconds; then it never leaves and all in it are told `EventStoreUnavailable`. */
  readonly patienceMs: number;
  readonly append: (events: readonly NewEvent[], relied: Relied) => Promise<AppendResult>;
  /** Whether the stream is elsewhere than at the base. */
  readonly isStale: (actual: ReadonlyMap<string, bigint>) => boolean;
}

/** A command that travels, with what it records. */
interface Joining<Ahead> {
  readonly commandId: string;
  readonly events: readonly NewEvent[];
  /** Characters, roughly. */
  readonly size: number;
  /** The state as the command leaves it. */
  readonly ahead: Ahead;
  readonly relied: Relied;
}

/**
 * Commands on one stream that are decided one on the state the other leaves and recorded by one append, which checks
 * whatever one of them relies on: all of them or none. A convoy gathers while the one before it is under way, and leaves
 * when that one has landed; when that one has not, it never leaves, because what it was decided on did not come true.
 */
export class Convoy<Ahead> {
  /** When it is known how it ended; rejects with what the append threw. */
  readonly landing: Promise<Landing>;
  /** Ids of commands in it and in those under way before it. */
  readonly pending: Set<string>;
  readonly #events: NewEvent[] = [];
  readonly #relied = new Map<string, bigint>();
  #before: Convoy<Ahead> | undefined;
  #commands = 0;
  #size = 0;
  #gathers = true;
  #broken = false;
  #over = false;
  #ahead: Ahead;

  constructor(options: ConvoyOptions<Ahead>) {
    this.#ahead = options.base;
    this.#before = options.before;
    this.pending = options.before?.pending ?? new Set();
    this.landing = this.travel(options);
    this.landing.catch(() => undefined); // whoever is in it hears of it
  }

  /** The state as it will be when it has landed. */
  get ahead(): Ahead {
    return this.#ahead;
  }

  get gathers(): boolean {
    return this.#gathers && this.#commands < MAX_COMMANDS && this.#size < MAX_SIZE;
  }

  /** What was decided on `ahead` must be decided anew. */
  get broken(): boolean {
    return this.#broken || this.#before?.broken === true;
  }

  /** Nothing of it is under way any more. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether nobody in it has seen a stream elsewhere: of two who have, one is wrong. */
  agrees(relied: Relied): boolean {
    for (const [streamId, seen] of relied) if ((this.#relied.get(streamId) ?? seen) !== seen) return false;
    return true;
  }

  /** @returns how many events come before those of this command. */
  join({ commandId, events, size, ahead, relied }: Joining<Ahead>): number {
    const offset = this.#events.length;
    this.#events.push(...events);
    for (const [streamId, seen] of relied) this.#relied.set(streamId, seen);
    this.#commands += 1;
    this.#size += size;
    this.#ahead = ahead;
    this.pending.add(commandId);
    return offset;
  }

  /** Of all events in it, those that come after the first `n`. */
  eventsAfter(n: number): number {
    return this.#events.length - n;
  }

  private async travel({ before, patienceMs, append, isStale }: ConvoyOptions<Ahead>): Promise<Landing> {
    let landed = false;
    try {
      if (before && !(await within(before.landing, patienceMs)))
        throw new EventStoreUnavailable('Too many commands wait for the same stream.');
      const ahead = await before?.landing.catch(notAtFault);
      if (ahead && !hasLanded(ahead)) return ahead;
      await Promise.resolve(); // the first command joins before it leaves
      this.#gathers = false;
      const result = await append(this.#events, this.#relied);
      landed = result.status === 'ok';
      if (result.status === 'conflict') return { actual: result.actual, isStale: isStale(result.actual) };
      // A duplicate is a command of an earlier try: the stream now shows it.
      return landed ? result : { actual: nothing, isStale: true };
    } finally {
      this.#gathers = false;
      this.#broken = !landed;
      this.#over = true;
      this.#before = undefined;
    }
  }
}
