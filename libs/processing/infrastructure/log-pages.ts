import { setTimeout } from 'node:timers/promises';
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

/** A page of the log, decoded. */
export interface LogPage {
  readonly next: Position;
  readonly events: readonly Decoded[];
  readonly atHead: boolean;
}

interface Options {
  readonly store: EventStore;
  readonly codec: EventDecoder;
  /** Events per read. */
  readonly page: number;
}

/** Pages kept for whoever comes by next. */
const KEPT = 32;
/** A reader that has not asked for so long, in milliseconds, is not on its way. */
const GONE_MS = 500;
const LONGEST_WAIT_MS = 200;

/**
 * Reads and decodes the log once for all loops of a process that come by the same place: reading is half of the work
 * of a rebuild, and a rebuild of everything is several loops going the same way. Only full pages are kept; they can
 * never change. Who is in front waits a little for who is just behind, so that they stay on the same pages.
 */
export class LogPages {
  private readonly kept = new Map<Position, Promise<LogPage>>();
  private readonly readers = new Map<object, { readonly after: Position; readonly askedAt: number }>();

  constructor(private readonly options: Options) {}

  /** All events after a position. */
  async all(reader: object, after: Position): Promise<LogPage> {
    this.readers.set(reader, { after, askedAt: performance.now() });
    const end = performance.now() + LONGEST_WAIT_MS;
    while (this.isTooFarAhead(reader, after) && performance.now() < end) await setTimeout(5);
    const kept = await this.kept.get(after)?.catch(() => undefined);
    if (kept && !kept.atHead) return kept;
    const reading = this.read(after);
    this.keep(after, reading);
    return await reading;
  }

  /** Events of some types only; the store leaves out the others. */
  some(after: Position, types: readonly string[]): Promise<LogPage> {
    return this.read(after, types);
  }

  private keep(after: Position, reading: Promise<LogPage>): void {
    this.kept.set(after, reading);
    const forget = () => {
      if (this.kept.get(after) === reading) this.kept.delete(after);
    };
    reading.then((page) => page.atHead && forget(), forget);
    for (const key of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(key);
    }
  }

  private isTooFarAhead(reader: object, after: Position): boolean {
    if (this.readers.size < 2 || this.kept.has(after)) return false;
    const { compare } = this;
    for (const [other, { after: behind, askedAt }] of this.readers) {
      if (other === reader || performance.now() - askedAt > GONE_MS || !this.kept.has(behind)) continue;
      let between = 0;
      for (const key of this.kept.keys()) if (compare(key, behind) >= 0 && compare(key, after) < 0) between += 1;
      if (between > KEPT / 2) return true;
    }
    return false;
  }

  private readonly compare = (a: Position, b: Position) => this.options.store.compare(a, b);

  private async read(after: Position, types?: readonly string[]): Promise<LogPage> {
    const { store, codec, page } = this.options;
    const read = await store.readAll({ after, limit: page, ...(types && { types }) });
    const isNew = (event: RecordedEvent) => this.compare(event.position, after) > 0;
    const [first] = read.events;
    const news = first === undefined || isNew(first) ? read.events : read.events.filter(isNew);
    const events = await decodeAll(codec, news);
    // A head read from an older snapshot may lie before what is already applied: nothing ever moves back.
    let next = after;
    for (const position of [news.at(-1)?.position, read.next])
      if (position !== undefined && this.compare(position, next) > 0) next = position;
    return { next, events, atHead: read.atHead || next === after };
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
