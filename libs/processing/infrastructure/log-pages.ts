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

/** The newest events that were read: what came after a position, up to another. */
interface Newest {
  readonly after: Position;
  readonly events: readonly Decoded[];
  readonly next: Position;
  readonly atHead: boolean;
  readonly readAt: number;
  /** When the first of them was read. */
  readonly begunAt: number;
  /** What had been heard when it was read. */
  readonly news: number;
}

/** Pages kept for whoever comes by next. */
const KEPT = 32;
/** How long what was read is kept, in milliseconds: it is plain text. */
const KEPT_MS = 5000;
/** Newest events kept, and how long after the last of them was read, in milliseconds. */
const KEPT_NEWEST = 2000;
const NEWEST_MS = 1000;
/** How long what was read is the newest unless somebody wakes us: whoever polls asks less often. */
const SURE_MS = 50;
/** A reader that has not asked for so long, in milliseconds, is not on its way. */
const GONE_MS = 500;
const LONGEST_WAIT_MS = 200;

/**
 * Reads and decodes the log once for all loops of a process that come by the same place: reading is half of the work
 * of a rebuild, and a rebuild of everything is several loops going the same way. Only full pages are kept; they can
 * never change. Who is in front waits a little for who is just behind, so that they stay on the same pages.
 *
 * The newest events are kept as one stretch that grows: when something was appended, one read serves every loop.
 */
export class LogPages {
  private readonly kept = new Map<Position, { readonly page: Promise<LogPage>; readonly readAt: number }>();
  private readonly readers = new Map<object, { readonly after: Position; readonly askedAt: number }>();
  private newest: Newest | undefined;
  private growing: { readonly news: number; readonly done: Promise<{ readonly atHead: boolean }> } | undefined;
  private news = 0;
  /** How often everything was forgotten. */
  private era = 0;

  constructor(private readonly options: Options) {}

  /** Something may have been appended: what is being read may lack it. */
  wake(): void {
    this.news += 1;
  }

  /** What was read before is given to nobody any more: keys may have been destroyed since. */
  forget(): void {
    this.era += 1;
    this.kept.clear();
    this.newest = undefined;
  }

  /** Whether this was read already. */
  hasRead(position: Position): boolean {
    return this.newest !== undefined && this.compare(position, this.newest.next) <= 0;
  }

  /** Whether the newest events, as far as they are kept, follow this position. */
  hasNewestAfter(after: Position): boolean {
    const { newest, compare } = this;
    if (newest === undefined || compare(after, newest.next) > 0) return false;
    return after === newest.next || (isFresh(newest) && compare(after, newest.after) >= 0);
  }

  /** All events after a position. */
  async all(reader: object, after: Position): Promise<LogPage> {
    this.forgetOld();
    if (this.hasNewestAfter(after)) return await this.newestAfter(after);
    this.readers.set(reader, { after, askedAt: performance.now() });
    const end = performance.now() + LONGEST_WAIT_MS;
    while (this.isTooFarAhead(reader, after) && performance.now() < end) await setTimeout(5);
    const kept = await this.kept.get(after)?.page.catch(() => undefined);
    if (kept && !kept.atHead) return kept;
    const reading = this.read(after);
    this.keep(after, reading);
    const { news } = this;
    const page = await reading;
    const readAt = performance.now();
    if (page.atHead && !this.hasNewestAfter(page.next)) this.newest = { ...page, after, news, readAt, begunAt: readAt };
    return page;
  }

  /** Events of some types only; the store leaves out the others. */
  some(after: Position, types: readonly string[]): Promise<LogPage> {
    return this.read(after, types);
  }

  private async newestAfter(after: Position): Promise<LogPage> {
    if (this.newest?.next !== after) return this.rest(after, false);
    if (this.newest.atHead && this.newest.news === this.news && performance.now() - this.newest.readAt < SURE_MS)
      return { next: after, events: [], atHead: true };
    const { growing } = this;
    const asked = this.news;
    if (growing) {
      const { atHead } = await growing.done;
      if (growing.news === asked) return this.rest(after, atHead);
      if (this.newest?.next !== after) return this.rest(after, false);
    }
    // Begun after all of those who wait for it have asked: it has whatever they were woken for.
    this.growing ??= { news: this.news, done: this.grow(after).finally(() => (this.growing = undefined)) };
    const { atHead } = await this.growing.done;
    return this.rest(after, atHead);
  }

  private async grow(after: Position): Promise<{ readonly atHead: boolean }> {
    const { news } = this;
    const { events, next, atHead } = await this.read(after);
    const { newest } = this;
    const readAt = performance.now();
    const known = newest?.next === after && isFresh(newest) ? newest : { after, events: [], begunAt: readAt };
    const all = [...known.events, ...events];
    const surplus = all.length - KEPT_NEWEST;
    const from = surplus > 0 ? (all[surplus - 1]?.event.position as Position) : known.after;
    const kept = surplus > 0 ? all.slice(surplus) : all;
    this.newest = { after: from, events: kept, next, atHead, news, readAt, begunAt: known.begunAt };
    return { atHead };
  }

  /** What is known of the newest events after a position that lies among them. */
  private rest(after: Position, atHead: boolean): LogPage | Promise<LogPage> {
    if (!this.newest || !this.hasNewestAfter(after)) return this.read(after);
    const { events, next } = this.newest;
    const first = events.findLastIndex(({ event }) => this.compare(event.position as Position, after) <= 0) + 1;
    return { next, events: events.slice(first), atHead };
  }

  private keep(after: Position, reading: Promise<LogPage>): void {
    this.kept.delete(after); // the youngest stands last
    this.kept.set(after, { page: reading, readAt: performance.now() });
    const forget = () => {
      if (this.kept.get(after)?.page === reading) this.kept.delete(after);
    };
    reading.then((page) => page.atHead && forget(), forget);
    for (const key of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(key);
    }
  }

  private forgetOld(): void {
    const now = performance.now();
    for (const [after, { readAt }] of this.kept) {
      if (now - readAt < KEPT_MS) break;
      this.kept.delete(after);
    }
    for (const [reader, { askedAt }] of this.readers) if (now - askedAt > GONE_MS) this.readers.delete(reader);
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
    const { era } = this;
    const read = await store.readAll({ after, limit: page, ...(types && { types }) });
    const isNew = (event: RecordedEvent) => this.compare(event.position, after) > 0;
    const [first] = read.events;
    const news = first === undefined || isNew(first) ? read.events : read.events.filter(isNew);
    const events = await decodeAll(codec, news);
    if (era !== this.era) return await this.read(after, types);
    // A head read from an older snapshot may lie before what is already applied: nothing ever moves back.
    let next = after;
    for (const position of [news.at(-1)?.position, read.next])
      if (position !== undefined && this.compare(position, next) > 0) next = position;
    return { next, events, atHead: read.atHead || next === after };
  }
}

function isFresh({ readAt, begunAt }: Newest): boolean {
  const now = performance.now();
  return now - readAt < NEWEST_MS && now - begunAt < KEPT_MS;
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
