import { Logger } from '@nestjs/common';
import { EventStoreUnavailable } from './errors.js';
import type { EventStore, Page, Position, RecordedEvent } from './event-store.js';
import { WakeUps } from './wake-ups.js';

/** Something of an event, and where it stood. */
interface Placed {
  readonly position: Position;
}

/** Everything that was picked after the place that was named up to `next`. */
export interface TailPage<T extends Placed> {
  readonly events: readonly T[];
  readonly next: Position;
}

export interface TailOptions<T extends Placed> {
  /** For the log of the program. */
  readonly name: string;
  readonly types: readonly string[];
  /** What is kept of an event; undefined = nothing. */
  readonly pick: (event: RecordedEvent) => T | undefined;
  /** Done before anybody is given what was picked of these events. */
  readonly prepare?: (events: readonly RecordedEvent[]) => Promise<void>;
  /** Events that are kept for those who are a little behind. */
  readonly keep?: number;
}

const KEEP = 2000;
/** Events in one read of somebody who is far behind. */
const READ = 200;
const RETRY_MS = 1000;

/**
 * The end of the log, read once for everybody who wants to see it grow: each comes with the place they have got to, and
 * is answered from memory. Nothing is queued for anybody, so whoever is slow costs nothing: once the events they need
 * are kept no more, they are read from the log, for one after the other. It reads while it has users.
 */
export class LogTail<T extends Placed> {
  private readonly logger: Logger;
  private readonly wakeUps = new WakeUps();
  private users = 0;
  private stopping: AbortController | undefined;
  private isReady = false;
  /** Kept pages, oldest first: together everything after `floor` up to `ceiling`. */
  private pages: TailPage<T>[] = [];
  private floor: Position;
  private ceiling: Position;
  private kept = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly options: TailOptions<T>,
  ) {
    this.logger = new Logger(options.name);
    this.floor = store.start;
    this.ceiling = store.start;
  }

  /** A user comes. @returns to be called when the user leaves */
  enter(): () => void {
    if (this.users++ === 0) this.begin();
    return () => {
      if (--this.users === 0) this.end();
    };
  }

  /**
   * What comes after a place, for a user. No events, and perhaps a later `next`, when none came for so many
   * milliseconds, when the log cannot be read now, or when the signal aborts.
   */
  async next(after: Position, patienceMs: number, signal: AbortSignal): Promise<TailPage<T>> {
    const nothing = { events: [], next: after };
    const seen = this.wakeUps.count;
    if (!this.isReady || this.store.compare(after, this.ceiling) >= 0) {
      await this.wakeUps.after(seen, patienceMs, signal);
      if (!this.isReady || signal.aborted || this.store.compare(after, this.ceiling) >= 0) return nothing;
    }
    if (this.store.compare(after, this.floor) < 0) return this.readFor(after, signal);
    const page = this.pages.find(({ next }) => this.store.compare(next, after) > 0);
    if (!page) return { events: [], next: this.ceiling };
    const isNew = ({ position }: T) => this.store.compare(position, after) > 0;
    // The page as it is, where it is wanted whole: what is known of it is known for all who get it.
    return page.events.every(isNew) ? page : { events: page.events.filter(isNew), next: page.next };
  }

  private begin(): void {
    this.stopping = new AbortController();
    void this.read(this.stopping.signal);
  }

  private end(): void {
    this.stopping?.abort();
    this.isReady = false;
    this.pages = [];
    this.kept = 0;
  }

  /** From the head of the log on, until it is told to stop; a log that cannot be read is tried again. */
  private async read(signal: AbortSignal): Promise<void> {
    let from: Position | undefined;
    while (!signal.aborted) {
      try {
        from ??= await this.store.head();
        if (signal.aborted) return;
        if (!this.isReady) this.open(from);
        const { types } = this.options;
        for await (const page of this.store.subscribe({ after: from, signal, types })) {
          const picked = await this.picked(page);
          if (signal.aborted) return;
          from = page.next;
          this.take(picked);
          // Also what nobody is given may change what somebody may see.
          if (page.events.length > 0) this.wakeUps.wake();
        }
      } catch (error) {
        if (signal.aborted) return;
        this.logger.warn({ err: error }, 'The log cannot be read; trying again.');
        await new WakeUps().after(0, RETRY_MS, signal);
      }
    }
  }

  private async picked({ events, next }: Page): Promise<TailPage<T>> {
    await this.options.prepare?.(events);
    return { events: events.flatMap((event) => this.options.pick(event) ?? []), next };
  }

  private open(head: Position): void {
    this.floor = this.ceiling = head;
    this.isReady = true;
    this.wakeUps.wake();
  }

  private take({ events, next }: TailPage<T>): void {
    this.ceiling = next;
    if (events.length === 0) return;
    this.pages.push({ events, next });
    this.kept += events.length;
    while (this.kept > (this.options.keep ?? KEEP) && this.pages.length > 1) {
      const oldest = this.pages.shift()!;
      this.kept -= oldest.events.length;
      this.floor = oldest.next;
    }
  }

  /** Straight from the log, for one user at a time: many who come back at once are no storm on the database. */
  private readFor(after: Position, signal: AbortSignal): Promise<TailPage<T>> {
    const page = this.turn.then(async (): Promise<TailPage<T>> => {
      if (signal.aborted) return { events: [], next: after };
      return this.picked(await this.store.readAll({ after, limit: READ, types: this.options.types }));
    });
    this.turn = page.catch(() => undefined);
    return page.catch(async (error: unknown) => {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      await new WakeUps().after(0, RETRY_MS, signal);
      return { events: [], next: after };
    });
  }
}
