import { randomUUID } from 'node:crypto';

/** The revision of a tombstone: stands for .NET's long.MaxValue, which no JavaScript number holds. */
export const TOMBSTONE = Number.MAX_SAFE_INTEGER;

export type ExpectedState = 'any' | 'no_stream' | 'stream_exists' | number;

export interface Proposal {
  readonly id: string;
  readonly type: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface LogRecord extends Proposal {
  readonly stream: string;
  readonly revision: number;
  /** Bytes from the start of the log: growing, not dense, as in the real server. */
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly created: number;
}

export type AppendOutcome =
  | { readonly kind: 'ok'; readonly revision: number; readonly position: number }
  | { readonly kind: 'wrong'; readonly current: number }
  | { readonly kind: 'deleted' };

type Ruling =
  | { readonly kind: 'write'; readonly current: number; readonly revive: boolean }
  | { readonly kind: 'already'; readonly last: LogRecord }
  | { readonly kind: 'wrong'; readonly current: number }
  | { readonly kind: 'deleted' };

export interface StreamMetadata {
  readonly $tb?: number;
  readonly $acl?: Readonly<Record<string, string | readonly string[]>>;
}

/** Keeps what is committed beyond the life of the process; called before an append is acknowledged. */
export type Journal = (records: readonly LogRecord[]) => void;

/** An event log in memory with the append and read rules of EventStoreDB 24.10. */
export class EventLog {
  readonly all: LogRecord[] = [];
  private readonly streams = new Map<string, LogRecord[]>();
  /** The last commit of an event id: what the server knows for `any`. */
  private readonly byId = new Map<string, LogRecord>();
  private readonly listeners = new Set<() => void>();
  private tail = 0;

  constructor(
    kept: Iterable<LogRecord> = [],
    private readonly journal: Journal = () => undefined,
  ) {
    for (const record of kept) this.add(record);
  }

  /** Calls `listener` after every commit, until the returned function is called. */
  onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** -1 when there is no such stream, `TOMBSTONE` when it was deleted for good. */
  lastRevision(stream: string): number {
    return this.streams.get(stream)?.at(-1)?.revision ?? -1;
  }

  metadataOf(stream: string): StreamMetadata {
    const last = this.streams.get(`$$${stream}`)?.at(-1);
    if (!last) return {};
    try {
      return JSON.parse(Buffer.from(last.data).toString('utf8')) as StreamMetadata;
    } catch {
      return {};
    }
  }

  append(stream: string, expected: ExpectedState, events: readonly Proposal[]): AppendOutcome {
    const ruling = this.rule(
      stream,
      expected,
      events.map(({ id }) => id),
    );
    if (ruling.kind === 'already')
      return { kind: 'ok', revision: ruling.last.revision, position: ruling.last.position };
    if (ruling.kind !== 'write') return ruling;

    const records = this.place(stream, ruling.current, events);
    const revival = ruling.revive ? this.metadataRecord(stream, { $tb: ruling.current + 1 }, records.at(-1)) : [];
    this.commit([...records, ...revival]);
    return { kind: 'ok', revision: ruling.current + events.length, position: records.at(-1)?.position ?? -1 };
  }

  /** Soft: the stream can be written again from where it was. Hard: never again. */
  remove(stream: string, expected: ExpectedState, hard: boolean): AppendOutcome {
    const ruling = this.rule(stream, expected, []);
    if (ruling.kind === 'already') return { kind: 'wrong', current: ruling.last.revision };
    if (ruling.kind !== 'write') return ruling;
    if (!hard && ruling.current < 0) return { kind: 'wrong', current: -1 };

    const tombstone = { id: randomUUID(), type: '$streamDeleted', isJson: true, data: NOTHING, metadata: NOTHING };
    const records = hard
      ? this.place(stream, TOMBSTONE - 1, [tombstone])
      : this.metadataRecord(stream, { $tb: TOMBSTONE });
    this.commit(records);
    return { kind: 'ok', revision: records[0]!.revision, position: records[0]!.position };
  }

  /** The readable events of a stream, oldest first; revisions before the first one are truncated. */
  visible(stream: string): 'missing' | 'tombstoned' | readonly LogRecord[] {
    const records = this.streams.get(stream);
    if (records?.at(-1)?.revision === TOMBSTONE) return 'tombstoned';
    const { $tb: truncatedBefore = 0 } = this.metadataOf(stream);
    if (!records || truncatedBefore >= TOMBSTONE) return 'missing';
    return truncatedBefore > 0 ? records.slice(truncatedBefore) : records;
  }

  /** Index in `all` of the first event at or after a position. */
  indexAt(position: number): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.all[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private rule(stream: string, expected: ExpectedState, ids: readonly string[]): Ruling {
    const current = this.lastRevision(stream);
    if (current === TOMBSTONE) return { kind: 'deleted' };
    const softDeleted = (this.metadataOf(stream).$tb ?? 0) >= TOMBSTONE;
    const write: Ruling = { kind: 'write', current, revive: softDeleted };

    if (expected === 'stream_exists') {
      if (softDeleted) return { kind: 'deleted' };
      if (current < 0) return { kind: 'wrong', current };
    }
    if (expected === 'any' || expected === 'stream_exists') {
      const known = ids
        .map((id) => this.byId.get(id))
        .map((record) => (record?.stream === stream ? record : undefined));
      if (!known[0]) return write; // only the first unknown id decides, as in the real server
      return known.every(Boolean) ? { kind: 'already', last: known.at(-1)! } : { kind: 'wrong', current };
    }

    const before = expected === 'no_stream' ? -1 : expected;
    if (before > current) return { kind: 'wrong', current };
    if (before === current) return write;
    const there = this.streams.get(stream)!.slice(before + 1, before + 1 + ids.length);
    const same = ids.length > 0 && there.length === ids.length && there.every(({ id }, index) => id === ids[index]);
    if (same) return { kind: 'already', last: there.at(-1)! };
    return expected === 'no_stream' && softDeleted ? write : { kind: 'wrong', current };
  }

  private place(stream: string, after: number, events: readonly Proposal[], tail = this.tail): LogRecord[] {
    let position = tail;
    return events.map((event, index) => {
      const record = { ...event, stream, revision: after + 1 + index, position, created: Date.now() };
      position += sizeOf(record);
      return record;
    });
  }

  private metadataRecord(stream: string, change: StreamMetadata, behind?: LogRecord): LogRecord[] {
    const data = Buffer.from(JSON.stringify({ ...this.metadataOf(stream), ...change }));
    const event = { id: randomUUID(), type: '$metadata', isJson: true, data, metadata: NOTHING };
    const tail = behind ? behind.position + sizeOf(behind) : this.tail;
    return this.place(`$$${stream}`, this.lastRevision(`$$${stream}`), [event], tail);
  }

  private commit(records: readonly LogRecord[]): void {
    if (records.length === 0) return;
    this.journal(records);
    for (const record of records) this.add(record);
    for (const listener of this.listeners) listener();
  }

  private add(record: LogRecord): void {
    const stream = this.streams.get(record.stream);
    if (stream) stream.push(record);
    else this.streams.set(record.stream, [record]);
    this.all.push(record);
    this.byId.set(record.id, record);
    this.tail = record.position + sizeOf(record);
  }
}

const NOTHING = new Uint8Array();

const sizeOf = ({ stream, type, data, metadata }: LogRecord): number =>
  64 + stream.length + type.length + data.length + metadata.length;
