import { checkWrites } from '../application/check-writes.js';
import { EventStoreUnavailable } from '../application/errors.js';
import {
  EventStore,
  type AppendResult,
  type EventMetadata,
  type Page,
  type Position,
  type RecordedEvent,
  type StreamWrite,
} from '../application/event-store.js';
import type { JsonObject } from '#libs/kernel/domain/json';
import { storedJson } from '../application/stored-json.js';
import { Alarms } from './alarms.js';

interface StoredEvent {
  readonly id: string;
  readonly streamId: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: string;
  readonly metadata: string;
}

const IDLE_MS = 60_000;
const SUBSCRIPTION_PAGE = 500;

/** What several stores in memory share, as several processes share a database. */
class MemoryLog {
  readonly events: StoredEvent[] = [];
  readonly streams = new Map<string, StoredEvent[]>();
  readonly byId = new Map<string, StoredEvent>();
  readonly alarms = new Alarms();
}

/** The log in memory, for tests. It keeps texts as the others do, so that nobody shares an object with it. */
export class InMemoryEventStore extends EventStore {
  override readonly kind = 'memory';
  override readonly capabilities = { atomicMultiStream: true, checkOnlyStreams: true, gapless: true };
  override readonly start = '0' as Position;
  readonly #log: MemoryLog;
  readonly #closing = new AbortController();

  constructor(log: MemoryLog = new MemoryLog()) {
    super();
    this.#log = log;
  }

  /** Another store on the same log. */
  connect(): InMemoryEventStore {
    return new InMemoryEventStore(this.#log);
  }

  override async append(writes: readonly [StreamWrite, ...StreamWrite[]]): Promise<AppendResult> {
    checkWrites(writes, this.capabilities);
    this.open();
    const prepared = writes.map((write) => ({
      ...write,
      texts: write.events.map(({ data, metadata }) => ({ data: storedJson(data), metadata: storedJson(metadata) })),
    }));
    const accepted = prepared.every(
      ({ streamId, expected, events }) =>
        matches(expected, this.revisionOf(streamId)) && events.every(({ id }) => !this.#log.byId.has(id)),
    );
    if (!accepted) return this.refused(writes);
    for (const { streamId, events, texts } of prepared) {
      events.forEach(({ id, type, schemaVersion }, index) =>
        this.add({ id, streamId, type, schemaVersion, ...texts[index]! }),
      );
    }
    this.#log.alarms.wake();
    return {
      status: 'ok',
      position: positionOf(BigInt(this.#log.events.length)),
      revisions: new Map(writes.map(({ streamId }) => [streamId, this.revisionOf(streamId)])),
    };
  }

  override async readStream(
    id: string,
    { from, max, backwards = false }: { from?: bigint; max?: number; backwards?: boolean } = {},
  ): Promise<{ events: RecordedEvent[]; revision: bigint }> {
    this.open();
    const stream = this.#log.streams.get(id) ?? [];
    const wanted = stream.filter(
      ({ revision }) => from === undefined || (backwards ? revision <= from : revision >= from),
    );
    if (backwards) wanted.reverse();
    return { events: wanted.slice(0, max).map(toRecorded), revision: this.revisionOf(id) };
  }

  override async readAll({
    after,
    limit,
    types,
  }: {
    after: Position | 'start';
    limit: number;
    types?: readonly string[];
  }): Promise<Page> {
    this.open();
    const events: RecordedEvent[] = [];
    let next = numberOf(after === 'start' ? this.start : after);
    for (; next < BigInt(this.#log.events.length) && events.length < limit; next++) {
      const event = this.#log.events[Number(next)]!;
      if (types === undefined || types.includes(event.type)) events.push(toRecorded(event));
    }
    return { events, next: positionOf(next), atHead: next >= BigInt(this.#log.events.length) };
  }

  override async head(): Promise<Position> {
    this.open();
    return positionOf(BigInt(this.#log.events.length));
  }

  override async *subscribe({
    after,
    signal,
    types,
  }: {
    after: Position | 'start';
    signal: AbortSignal;
    types?: readonly string[];
  }): AsyncIterable<Page> {
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    let from = after === 'start' ? this.start : after;
    let told = false;
    const alarm = this.#log.alarms.open(types);
    try {
      while (!ended.aborted) {
        alarm.reset();
        const page = await this.readAll({ after: from, limit: SUBSCRIPTION_PAGE, ...(types && { types }) });
        if (page.events.length > 0 || page.next !== from || !told) yield page;
        told = page.atHead;
        from = page.next;
        if (page.atHead) await alarm.sleep(numberOf(from), IDLE_MS, ended);
      }
    } finally {
      this.#log.alarms.close(alarm);
    }
  }

  override before(position: Position, events: number): Position {
    return positionOf(numberOf(position) - BigInt(events));
  }

  override compare(a: Position, b: Position): number {
    const difference = numberOf(a) - numberOf(b);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }

  override async health(): Promise<{ ok: boolean; detail?: string }> {
    return this.#closing.signal.aborted ? { ok: false, detail: 'closed' } : { ok: true };
  }

  override async close(): Promise<void> {
    this.#closing.abort();
  }

  private open(): void {
    if (this.#closing.signal.aborted) throw new EventStoreUnavailable('The event store is closed.');
  }

  private revisionOf(streamId: string): bigint {
    return BigInt((this.#log.streams.get(streamId)?.length ?? 0) - 1);
  }

  private add(event: Omit<StoredEvent, 'revision' | 'position'>): void {
    const stream = this.#log.streams.get(event.streamId) ?? [];
    const stored = { ...event, revision: BigInt(stream.length), position: BigInt(this.#log.events.length + 1) };
    stream.push(stored);
    this.#log.streams.set(event.streamId, stream);
    this.#log.events.push(stored);
    this.#log.byId.set(event.id, stored);
  }

  private refused(writes: readonly StreamWrite[]): AppendResult {
    const stored = writes.map(({ streamId, events }) =>
      events.map(({ id }) => this.#log.byId.get(id)).filter((event) => event?.streamId === streamId),
    );
    const all = stored.flat() as StoredEvent[];
    const isDuplicate = all.length > 0 && writes.every(({ events }, index) => stored[index]?.length === events.length);
    const actual = new Map(writes.map(({ streamId }) => [streamId, this.revisionOf(streamId)]));
    if (!isDuplicate) return { status: 'conflict', actual };
    const revisions = new Map(actual);
    let position = 0n;
    for (const event of all) if (event.position > position) position = event.position;
    writes.forEach(({ streamId }, index) => {
      const last = stored[index]?.reduce((max, event) => (event!.revision > max ? event!.revision : max), -1n) ?? -1n;
      if (last >= 0n) revisions.set(streamId, last);
    });
    return { status: 'duplicate', position: positionOf(position), revisions };
  }
}

function matches(expected: StreamWrite['expected'], actual: bigint): boolean {
  if (expected === 'any') return true;
  if (expected === 'none') return actual === -1n;
  return expected === 'exists' ? actual >= 0n : actual === expected;
}

const positionOf = (position: bigint) => String(position) as Position;

function numberOf(position: Position): bigint {
  if (!/^\d{1,19}$/.test(position)) throw new TypeError('Not a position of this event store.');
  return BigInt(position);
}

const toRecorded = (stored: StoredEvent): RecordedEvent => ({
  ...stored,
  position: positionOf(stored.position),
  data: JSON.parse(stored.data) as JsonObject,
  metadata: JSON.parse(stored.metadata) as EventMetadata,
});
