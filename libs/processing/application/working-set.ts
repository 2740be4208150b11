import { deepFrozen } from '#libs/kernel/domain/deep-frozen';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { ColumnType, FoldProjection, Projection, Rows, TableSpec } from './projection.js';

export type Row = Readonly<Record<string, unknown>>;
export type AnyTable = TableSpec<Record<string, unknown>>;
export type AnyFold = FoldProjection<DomainEvent, Record<string, unknown>>;

/** A fold without its event and row types, as the runner handles it. */
export const asFold = (projection: Projection): AnyFold => projection as unknown as AnyFold;

/** What must be written for a table to stand where the fold stands. */
export interface Changes {
  /** Rows that were not there. */
  readonly inserts: readonly Row[];
  /** Rows that were there and are different now. */
  readonly updates: readonly Row[];
  /** Columns in which any of the updates differs from what is stored. */
  readonly changed: ReadonlySet<string>;
  readonly deletes: readonly Row[];
  /** Net change of each counter; a counter that nets to nothing is absent. */
  readonly counters: readonly { readonly key: readonly string[]; readonly delta: number }[];
}

/** Beyond this many keys in memory it is cheaper to ask the table. */
const MOST_FORGOTTEN = 1_000_000;

/** A partition in memory, as its handlers see it. */
class Partition implements Rows<Row> {
  readonly rows = new Map<string, Row>();
  /** What was stored of the rows touched since the last `take`. */
  readonly before = new Map<string, Row | undefined>();

  constructor(private readonly set: WorkingSet) {}

  all(): Iterable<Row> {
    return this.rows.values();
  }

  get(...key: readonly unknown[]): Row | undefined {
    return this.rows.get(key.length === 1 ? String(key[0]) : key.join('\u0000'));
  }

  put(row: Row): void {
    const id = this.set.keyOf(row);
    this.touch(id);
    this.rows.set(id, this.set.normal(row));
  }

  delete(...key: readonly unknown[]): void {
    const id = key.length === 1 ? String(key[0]) : key.join('\u0000');
    if (!this.rows.has(id)) return;
    this.touch(id);
    this.rows.delete(id);
  }

  private touch(id: string): void {
    if (this.before.size === 0) this.set.touched.add(this);
    if (!this.before.has(id)) this.before.set(id, this.rows.get(id));
  }
}

/**
 * The rows of one fold projection while batches go through it: partitions are loaded once, events applied to them in
 * memory, and `take` gives what a single bulk statement per table has to write.
 * Rows are kept in the form in which the database gives them back, so that a fold cannot see whether a row comes from
 * memory or from the table. A handler puts new rows and never changes one it was given.
 */
export class WorkingSet {
  private readonly partitions = new Map<string, Partition>();
  readonly touched = new Set<Partition>();
  private readonly unstored = new Set<Partition>();
  readonly normal: (row: Row) => Row;
  private readonly read: (row: Row) => Row;
  readonly keyOf: (row: Row) => string;
  private readonly columns: readonly string[];
  /** Everything there is was written through this set: a partition it neither holds nor forgot has no rows. */
  private complete = false;
  private readonly forgotten = new Set<string>();

  /** @param frozen makes a handler that changes a row in place fail: for tests, as it costs time. */
  constructor(
    readonly projection: AnyFold,
    frozen = false,
  ) {
    const normal = normalForm(projection.table);
    this.normal = frozen ? (row) => deepFrozen(normal(row)) : normal;
    this.read = frozen ? deepFrozen : (row) => row;
    this.keyOf = keyOfRow(projection.table.primaryKey);
    this.columns = Object.keys(projection.table.columns);
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

  /** Takes a partition's stored rows, in the form in which the database gives them; none is an answer too. */
  load(partition: string, rows: Iterable<Row>): void {
    const known = new Partition(this);
    for (const row of rows) known.rows.set(this.keyOf(row), this.read(row));
    this.partitions.set(partition, known);
  }

  /** @throws whatever the handler throws; the set must then be abandoned, for the partition may be half changed. */
  apply(partition: string, event: Recorded): void {
    const handler = this.projection.on[event.type] as ((rows: Rows<Row>, event: Recorded) => void) | undefined;
    if (!handler) return;
    let known = this.partitions.get(partition);
    if (!known) this.partitions.set(partition, (known = new Partition(this)));
    handler(known, event);
  }

  /** What changed since the last call; from here on it counts as stored, and `stored` says when it is. */
  take(): Changes {
    const inserts: Row[] = [];
    const updates: Row[] = [];
    const changed = new Set<string>();
    const deletes: Row[] = [];
    const tally = new Tally(this.projection);
    for (const partition of this.touched) {
      const { rows, before } = partition;
      for (const [id, stored] of before) {
        const row = rows.get(id);
        if (row === stored) continue;
        if (!row) deletes.push(stored as Row);
        else if (stored) {
          updates.push(row);
          for (const column of this.columns) if (row[column] !== stored[column]) changed.add(column);
        } else inserts.push(row);
        tally.replace(stored, row);
      }
      before.clear();
      this.unstored.add(partition);
    }
    this.touched.clear();
    return { inserts, updates, changed, deletes, counters: tally.deltas() };
  }

  /** All that was taken is in the tables now. */
  stored(): void {
    this.unstored.clear();
  }

  /** Keeps at most `keep` partitions, those used last; what is not stored yet is kept in any case. */
  shrink(keep: number): void {
    let surplus = this.partitions.size - keep;
    if (surplus <= 0) return;
    for (const [key, partition] of this.partitions) {
      if (surplus-- <= 0) break;
      if (this.unstored.has(partition) || this.touched.has(partition)) continue;
      this.partitions.delete(key);
      if (this.complete) this.forgotten.add(key);
    }
    if (this.forgotten.size > MOST_FORGOTTEN) this.incomplete();
  }

  /** Marks a partition as used now, so that `shrink` forgets others first. */
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
    this.unstored.clear();
    this.incomplete();
  }

  private incomplete(): void {
    this.complete = false;
    this.forgotten.clear();
  }
}

/** Counts rows by the counters they stand in. */
class Tally {
  private readonly found = new Map<string, { key: readonly string[]; delta: number }>();

  constructor(private readonly projection: AnyFold) {}

  /** Most changes of a row leave most of its counters as they were. */
  replace(before: Row | undefined, after: Row | undefined): void {
    const lost = this.keysOf(before);
    const gained = this.keysOf(after);
    for (let i = 0; i < Math.max(lost.length, gained.length); i++) {
      const from = lost[i];
      const to = gained[i];
      if (from && to && from.every((part, place) => part === to[place])) continue;
      if (from) this.count(from, -1);
      if (to) this.count(to, 1);
    }
  }

  private keysOf(row: Row | undefined): readonly (readonly string[])[] {
    const { counters } = this.projection;
    return row && counters ? counters.keysOf(row as Record<string, unknown>) : [];
  }

  private count(key: readonly string[], by: number): void {
    const id = key.join('\u0000');
    const counter = this.found.get(id);
    if (counter) counter.delta += by;
    else this.found.set(id, { key, delta: by });
  }

  deltas(): Changes['counters'] {
    return [...this.found.values()].filter(({ delta }) => delta !== 0);
  }
}

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
  const bigints = names.filter((name) => typeOf(columns[name] ?? '') === 'bigint');
  const times = names.filter((name) => typeOf(columns[name] ?? '') === 'timestamptz');
  const dates = names.filter((name) => typeOf(columns[name] ?? '') === 'date');
  const isNormal = (row: Row) =>
    names.every((name) => row[name] !== undefined) &&
    bigints.every((name) => typeof row[name] === 'string' || row[name] === null) &&
    times.every((name) => row[name] === null || isInstant(row[name])) &&
    dates.every((name) => !(row[name] instanceof Date));
  return (row) => {
    // Nearly every row is: then it is not copied.
    if (isNormal(row)) return row;
    const normal: Record<string, unknown> = {};
    for (const name of names) normal[name] = row[name] ?? null;
    for (const name of bigints)
      if (normal[name] !== null) normal[name] = String(normal[name] as bigint | number | string);
    for (const name of times) if (normal[name] !== null) normal[name] = instant(normal[name]);
    for (const name of dates) {
      const value = normal[name];
      if (value instanceof Date) normal[name] = value.toISOString().slice(0, 10);
    }
    return normal;
  };
}

const isInstant = (value: unknown) => typeof value === 'string' && value.length === 24 && value.endsWith('Z');

function instant(value: unknown): unknown {
  if (isInstant(value)) return value;
  const date = value instanceof Date ? value : new Date(String(value));
  if (Number.isNaN(date.getTime())) throw new RangeError('not a time');
  return date.toISOString();
}
