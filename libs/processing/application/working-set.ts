import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { ColumnType, FoldProjection, Projection, Rows, TableSpec } from './projection.js';

export type Row = Readonly<Record<string, unknown>>;
export type AnyTable = TableSpec<Record<string, unknown>>;
export type AnyFold = FoldProjection<DomainEvent, Record<string, unknown>>;

/** A fold without its event and row types, as the runner handles it. */
export const asFold = (projection: Projection): AnyFold => projection as unknown as AnyFold;

/** What must be written for a table to stand where the fold stands. */
export interface Changes {
  readonly upserts: readonly Row[];
  readonly deletes: readonly Row[];
  /** Net change of each counter; a counter that nets to nothing is absent. */
  readonly counters: readonly { readonly key: readonly string[]; readonly delta: number }[];
}

/** Beyond this many keys in memory it is cheaper to ask the table. */
const MOST_FORGOTTEN = 1_000_000;

interface Partition {
  readonly rows: Map<string, Row>;
  /** What was stored of the rows touched since the last `settle`. */
  readonly before: Map<string, Row | undefined>;
}

/**
 * The rows of one fold projection while batches go through it: partitions are loaded once, events applied to them in
 * memory, and `changes` is what a single bulk statement per table has to write.
 * Rows are frozen and kept in the form in which the database gives them back, so that a fold cannot see whether a row
 * comes from memory or from the table.
 */
export class WorkingSet {
  private readonly partitions = new Map<string, Partition>();
  private readonly touched = new Set<Partition>();
  private readonly normal: (row: Row) => Row;
  private readonly keyOf: (row: Row) => string;
  /** Everything there is was written through this set: a partition it neither holds nor forgot has no rows. */
  private complete = false;
  private readonly forgotten = new Set<string>();

  constructor(readonly projection: AnyFold) {
    this.normal = normalForm(projection.table);
    this.keyOf = keyOfRow(projection.table.primaryKey);
  }

  get size(): number {
    return this.partitions.size;
  }

  /** Says that the table was empty when this set was made, so that unknown partitions need no look-up. */
  startEmpty(): void {
    this.complete = true;
  }

  knows(partition: string): boolean {
    return this.partitions.has(partition) || (this.complete && !this.forgotten.has(partition));
  }

  /** Takes a partition's stored rows; none is an answer too. */
  load(partition: string, rows: Iterable<Row>): void {
    const known: Partition = { rows: new Map(), before: new Map() };
    for (const row of rows) known.rows.set(this.keyOf(row), Object.freeze(row));
    this.partitions.set(partition, known);
  }

  /** @throws whatever the handler throws; the set must then be abandoned, for the partition may be half changed. */
  apply(partition: string, event: Recorded): void {
    const handler = this.projection.on[event.type] as ((rows: Rows<Row>, event: Recorded) => void) | undefined;
    if (!handler) return;
    let known = this.partitions.get(partition);
    if (!known) this.partitions.set(partition, (known = { rows: new Map(), before: new Map() }));
    handler(this.view(known), event);
  }

  changes(): Changes {
    const upserts: Row[] = [];
    const deletes: Row[] = [];
    const deltas = new Map<string, { key: readonly string[]; delta: number }>();
    const keysOf = this.projection.counters?.keysOf;
    const count = (row: Row, by: number) => {
      for (const key of keysOf?.(row as Record<string, unknown>) ?? []) {
        const id = key.join('\u0000');
        const counter = deltas.get(id);
        if (counter) counter.delta += by;
        else deltas.set(id, { key, delta: by });
      }
    };
    for (const { rows, before } of this.touched) {
      for (const [id, stored] of before) {
        const row = rows.get(id);
        if (row === stored) continue;
        if (row) upserts.push(row);
        else if (stored) deletes.push(stored);
        if (stored && keysOf) count(stored, -1);
        if (row && keysOf) count(row, 1);
      }
    }
    return { upserts, deletes, counters: [...deltas.values()].filter(({ delta }) => delta !== 0) };
  }

  /** The changes are stored. Keeps at most `keep` partitions, those used last. */
  settle(keep: number): void {
    for (const partition of this.touched) partition.before.clear();
    this.touched.clear();
    let surplus = this.partitions.size - keep;
    for (const key of this.partitions.keys()) {
      if (surplus-- <= 0) break;
      this.partitions.delete(key);
      if (this.complete) this.forgotten.add(key);
    }
    if (this.forgotten.size > MOST_FORGOTTEN) this.incomplete();
  }

  /** Marks a partition as used now, so that `settle` forgets others first. */
  use(partition: string): void {
    const known = this.partitions.get(partition);
    if (!known) return;
    this.partitions.delete(partition);
    this.partitions.set(partition, known);
  }

  /** Forgets everything: the store is the truth again. */
  abandon(): void {
    this.partitions.clear();
    this.touched.clear();
    this.incomplete();
  }

  private incomplete(): void {
    this.complete = false;
    this.forgotten.clear();
  }

  private view(partition: Partition): Rows<Row> {
    const { rows, before } = partition;
    const touch = (id: string) => {
      if (!before.has(id)) before.set(id, rows.get(id));
      this.touched.add(partition);
    };
    return {
      all: () => rows.values(),
      get: (...key) => rows.get(idOf(key)),
      put: (row) => {
        const id = this.keyOf(row);
        touch(id);
        rows.set(id, Object.freeze(this.normal(row)));
      },
      delete: (...key) => {
        const id = idOf(key);
        if (!rows.has(id)) return;
        touch(id);
        rows.delete(id);
      },
    };
  }
}

const idOf = (key: readonly unknown[]): string => (key.length === 1 ? String(key[0]) : key.join('\u0000'));

const keyOfRow = (primaryKey: readonly string[]): ((row: Row) => string) => {
  const [only] = primaryKey;
  if (primaryKey.length === 1 && only !== undefined) return (row) => String(row[only]);
  return (row) => primaryKey.map((column) => row[column]).join('\u0000');
};

/** The column's type without ` null`. */
export const typeOf = (column: string): ColumnType => column.replace(' null', '') as ColumnType;

/** Brings a row into the form in which it is read back: `bigint` as decimal text, times in UTC with milliseconds. */
export function normalForm({ columns }: AnyTable): (row: Row) => Row {
  const names = Object.keys(columns);
  const touchy = names.filter((name) => /^(timestamptz|bigint|date)/.test(columns[name] ?? ''));
  return (row) => {
    const normal: Record<string, unknown> = {};
    for (const name of names) normal[name] = row[name] ?? null;
    for (const name of touchy) {
      const value = normal[name];
      if (value === null) continue;
      const type = typeOf(columns[name] ?? '');
      if (type === 'bigint') normal[name] = String(value as bigint | number | string);
      else if (type === 'timestamptz') normal[name] = instant(value);
      else if (value instanceof Date) normal[name] = value.toISOString().slice(0, 10);
    }
    return normal;
  };
}

function instant(value: unknown): unknown {
  if (typeof value === 'string' && value.length === 24 && value.endsWith('Z')) return value;
  const date = value instanceof Date ? value : new Date(String(value));
  if (Number.isNaN(date.getTime())) throw new RangeError('not a time');
  return date.toISOString();
}
