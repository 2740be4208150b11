import type { EventStore, Position, RecordedEvent } from '#libs/event-store/application/event-store';
import type { Recorded } from '#libs/kernel/domain/message';
import type { Decoded } from './group-batch.js';
import { isOutage } from './outage.js';

/** What the processing needs of the codec. */
export interface EventDecoder {
  decode(events: readonly RecordedEvent[]): Promise<Recorded[]>;
  /** The envelope with the data as stored; cannot fail. */
  raw(event: RecordedEvent): Recorded;
}

/** A stretch of the log, decoded: everything (of the types asked for) after `after` up to `next`. */
export interface Stretch {
  readonly after: Position;
  readonly next: Position;
  readonly events: readonly Decoded[];
  readonly atHead: boolean;
}

export interface ReaderOptions {
  readonly store: EventStore;
  readonly codec: EventDecoder;
  readonly types: readonly string[] | undefined;
  /** Events per read. */
  readonly page: number;
}

/**
 * Reads the log ahead: while one stretch is written, the next is read and decoded. A stretch is only good for a
 * checkpoint that stands exactly at its `after`; the log is append-only, so it stays good however long it waits.
 */
export class LogReader {
  private ahead: { after: Position; stretch: Promise<Stretch> } | undefined;

  constructor(private readonly options: ReaderOptions) {}

  /**
   * The next stretch, of at least `wanted` events unless the log ends before. `fresh` is false for one that was read
   * before it was asked for: events may have come since.
   */
  async take(after: Position, wanted: number): Promise<Stretch & { readonly fresh: boolean }> {
    const { ahead } = this;
    this.ahead = undefined;
    const known = ahead?.after === after ? ahead : undefined;
    const stretch = await (known?.stretch ?? this.gather(after, wanted));
    if (!stretch.atHead) {
      const next = this.gather(stretch.next, wanted);
      next.catch(() => undefined); // whoever takes it hears of it
      this.ahead = { after: stretch.next, stretch: next };
    }
    return { ...stretch, fresh: known === undefined };
  }

  /** Reads now, not ahead. */
  async gather(after: Position, wanted: number): Promise<Stretch> {
    const { store, codec, types, page } = this.options;
    const events: Decoded[] = [];
    let next = after;
    for (;;) {
      const read = await store.readAll({ after: next, limit: page, ...(types && { types }) });
      const seen = next;
      const news = this.isAfter(read.events[0], seen) ? read.events : read.events.filter((e) => this.isAfter(e, seen));
      for (const decoded of await decodeAll(codec, news)) events.push(decoded);
      // A head read from an older snapshot may lie before what is already applied: nothing ever moves back.
      next = this.latest(seen, news.at(-1)?.position, read.next);
      if (next === seen && !read.atHead) return { after, next, events, atHead: true };
      if (read.atHead || events.length >= wanted) return { after, next, events, atHead: read.atHead };
    }
  }

  forget(): void {
    this.ahead = undefined;
  }

  private isAfter(event: RecordedEvent | undefined, position: Position): boolean {
    return event === undefined || this.options.store.compare(event.position, position) > 0;
  }

  private latest(first: Position, ...others: readonly (Position | undefined)[]): Position {
    let latest = first;
    for (const other of others)
      if (other !== undefined && this.options.store.compare(other, latest) > 0) latest = other;
    return latest;
  }
}

export async function decodeAll(codec: EventDecoder, events: readonly RecordedEvent[]): Promise<Decoded[]> {
  if (events.length === 0) return [];
  try {
    return (await codec.decode(events)).map((event) => ({ event }));
  } catch (error) {
    if (isOutage(error)) throw error;
    return Promise.all(events.map((event) => decodeOne(codec, event)));
  }
}

async function decodeOne(codec: EventDecoder, event: RecordedEvent): Promise<Decoded> {
  try {
    const [decoded] = await codec.decode([event]);
    return { event: decoded as Recorded };
  } catch (error) {
    if (isOutage(error)) throw error;
    return { event: codec.raw(event), unreadable: error instanceof Error ? error : new Error(String(error)) };
  }
}
