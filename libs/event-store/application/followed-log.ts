import { Logger } from '@nestjs/common';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { Codec } from './codec.js';
import { EventStoreUnavailable } from './errors.js';
import type { EventStore, Page, Position, RecordedEvent } from './event-store.js';
import { WakeUps } from './wake-ups.js';

const LONGEST_PAUSE_MS = 10_000;
/** How long a subscription may keep what it should have said. */
const PATIENCE_MS = 250;

/**
 * Events of some types, folded into memory from the first one on and kept up to date, so that asking costs no I/O. It
 * has caught up with the log when `start` resolves; a log that cannot be read is tried again, and what is known stays
 * known meanwhile. An event that nobody can take in is a bug: nothing after it is known before there is another program.
 */
export class FollowedLog<E extends DomainEvent> {
  private readonly stopping = new AbortController();
  private readonly logger: Logger;
  private readonly types: ReadonlySet<string>;
  private position: Position | 'start' = 'start';
  private waiters: (() => void)[] = [];
  private applying: Promise<void> = Promise.resolve();
  private following: Promise<void> | undefined;
  private look: Promise<void> | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly codec: Codec,
    private readonly options: {
      /** For the log of the program. */
      readonly name: string;
      readonly types: readonly E['type'][];
      readonly fold: (event: Recorded<E>) => void;
    },
  ) {
    this.logger = new Logger(options.name);
    this.types = new Set(options.types);
  }

  /** Catches up with the log, then follows it. Asked again, it does nothing. @throws what an event cannot be taken in for */
  async start(): Promise<void> {
    if (this.following) return;
    await this.catchUp();
    this.following = this.follow();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  /**
   * Resolves once everything up to the position has been folded: after a command, before its effect is relied on.
   * @param patience aborted when nobody waits for it any more: a position may never come
   * @throws what an event cannot be taken in for
   */
  async reached(position: Position, patience?: AbortSignal): Promise<void> {
    if (!this.following) await this.catchUp(); // used without an application around it, as by a script
    while (this.position === 'start' || this.store.compare(this.position, position) < 0) {
      if (this.stopping.signal.aborted || patience?.aborted) return;
      // A subscription to some types may be silent about how far the log has got.
      if (!(await this.news(PATIENCE_MS))) await this.lookForAll().catch(throwUnlessAway); // tried again in a moment
    }
  }

  /** One for all who wait at the same moment. */
  private lookForAll(): Promise<void> {
    this.look ??= this.readOn().finally(() => (this.look = undefined));
    return this.look;
  }

  /** Resolves once everything that is in the log now has been folded. Throws `EventStoreUnavailable`. */
  async current(): Promise<void> {
    await this.readOn();
  }

  /** False when nothing has come for so long. */
  private news(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), milliseconds);
      this.waiters.push(() => (clearTimeout(timer), resolve(true)));
    });
  }

  private async readOn(): Promise<void> {
    for (let atHead = false; !atHead;) {
      const page = await this.store.readAll({ after: this.position, limit: 2000, types: [...this.types] });
      await this.apply(page);
      ({ atHead } = page);
    }
  }

  private async catchUp(): Promise<void> {
    for (let attempt = 0; !this.stopping.signal.aborted; attempt++) {
      try {
        return await this.readOn();
      } catch (error) {
        throwUnlessAway(error);
        await this.pause(attempt, error);
      }
    }
  }

  private async follow(): Promise<void> {
    const { signal } = this.stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        for await (const page of this.store.subscribe({ after: this.position, signal, types: [...this.types] })) {
          await this.apply(page);
          attempt = 0;
        }
      } catch (error) {
        if (!signal.aborted) await this.pause(attempt, error);
      }
    }
  }

  private async pause(attempt: number, error: unknown): Promise<void> {
    if (isAway(error)) this.logger.warn({ err: error }, 'The log cannot be read; trying again.');
    else this.logger.error({ err: error }, 'An event cannot be taken in; what comes after it is not known here.');
    const milliseconds = Math.min(100 * 2 ** attempt, LONGEST_PAUSE_MS);
    await new WakeUps().after(0, milliseconds, this.stopping.signal);
  }

  /** One page after the other, and nothing twice: what is asked for and what is sent may overlap. */
  private apply(page: Page): Promise<void> {
    const applied = this.applying.then(() => this.take(page));
    this.applying = applied.catch(() => undefined);
    return applied;
  }

  private async take({ events, next }: Page): Promise<void> {
    // A store may answer more types than were asked for.
    const ours = events.filter(({ type, position }) => this.types.has(type) && this.isNew(position));
    const before = this.position;
    try {
      for await (const event of this.decoded(ours)) {
        this.options.fold(event);
        this.position = event.position as Position;
      }
      if (this.isNew(next)) this.position = next;
    } finally {
      if (this.position !== before) this.wake();
    }
  }

  /** All at once; when one of them cannot be read, those before it one by one. */
  private async *decoded(events: readonly RecordedEvent[]): AsyncGenerator<Recorded<E>> {
    if (events.length === 0) return;
    const all = await this.codec.decode<E>(events).catch((error: unknown) => {
      if (isAway(error)) throw error;
    });
    if (all) return yield* all;
    for (const event of events) yield* await this.codec.decode<E>([event]);
  }

  private wake(): void {
    const { waiters } = this;
    this.waiters = [];
    for (const wake of waiters) wake();
  }

  private isNew(position: Position): boolean {
    return this.position === 'start' || this.store.compare(position, this.position) > 0;
  }
}

const isAway = (error: unknown): boolean => error instanceof EventStoreUnavailable;

function throwUnlessAway(error: unknown): void {
  if (!isAway(error)) throw error;
}
