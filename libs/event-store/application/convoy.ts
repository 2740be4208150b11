import { EventStoreUnavailable } from './errors.js';
import type { AppendResult, NewEvent, Position } from './event-store.js';
import { within } from './turns.js';

/** Where the last event of an append was put; `undefined`: it was refused, each command in it must be decided anew. */
export type Landing = { readonly position: Position } | undefined;

const MAX_COMMANDS = 64;
const MAX_SIZE = 256 * 1024;

/** What refused the one before says nothing about the commands in this one: they are decided anew. */
function notAtFault(error: unknown): undefined {
  if (error instanceof EventStoreUnavailable) throw error;
  return undefined;
}

interface ConvoyOptions<Ahead> {
  /** The state its first command is decided on. */
  readonly base: Ahead;
  /** The one it must wait for. */
  readonly before: Convoy<Ahead> | undefined;
  /** How long it waits, in milliseconds; then it never leaves and all in it are told `EventStoreUnavailable`. */
  readonly patienceMs: number;
  readonly append: (events: readonly NewEvent[]) => Promise<AppendResult>;
}

/**
 * Commands on one stream that are decided one on the state the other leaves and recorded by one append: all of them or
 * none. A convoy gathers while the one before it is under way, and leaves when that one has landed; when that one has
 * not, it never leaves, because what it was decided on did not come true.
 */
export class Convoy<Ahead> {
  /** When it is known how it ended; rejects with what the append threw. */
  readonly landing: Promise<Landing>;
  /** Ids of commands in it and in those under way before it. */
  readonly pending: Set<string>;
  readonly #events: NewEvent[] = [];
  #commands = 0;
  #size = 0;
  #gathers = true;
  #broken = false;
  #over = false;
  #ahead: Ahead;

  constructor(options: ConvoyOptions<Ahead>) {
    this.#ahead = options.base;
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
    return this.#broken;
  }

  /** Nothing of it is under way any more. */
  get over(): boolean {
    return this.#over;
  }

  /** @returns how many events come before those of this command. */
  join(commandId: string, events: readonly NewEvent[], size: number, ahead: Ahead): number {
    const offset = this.#events.length;
    this.#events.push(...events);
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

  private async travel({ before, patienceMs, append }: ConvoyOptions<Ahead>): Promise<Landing> {
    let landing: Landing;
    try {
      if (before && !(await within(before.landing, patienceMs)))
        throw new EventStoreUnavailable('Too many commands wait for the same stream.');
      if (before && (await before.landing.catch(notAtFault)) === undefined) return undefined;
      await Promise.resolve(); // the first command joins before it leaves
      this.#gathers = false;
      const result = await append(this.#events);
      if (result.status === 'ok') landing = result;
      return landing;
    } finally {
      this.#gathers = false;
      this.#broken = landing === undefined;
      this.#over = true;
    }
  }
}
