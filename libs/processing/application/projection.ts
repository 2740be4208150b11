import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';

/** PostgreSQL types a read-model column may have. */
export type ColumnType = 'text' | 'bigint' | 'integer' | 'boolean' | 'timestamptz' | 'date' | 'jsonb' | 'text[]';

/** One table of a read model; the runner creates it as `<name>_v<version>_b<build>` and a view-free query asks the live build. */
export interface TableSpec<Row extends object> {
  readonly name: string;
  readonly columns: Readonly<Record<keyof Row & string, ColumnType | `${ColumnType} null`>>;
  readonly primaryKey: readonly (keyof Row & string)[];
  /** Index definitions behind the table name, e.g. `(workspace_id, status, submitted_at DESC)`; the runner names them. */
  readonly indexes?: readonly string[];
}

/** The rows of one partition (usually: one stream) while a batch is folded. */
export interface Rows<Row extends object> {
  all(): Iterable<Row>;
  get(...primaryKey: readonly unknown[]): Row | undefined;
  put(row: Row): void;
  delete(...primaryKey: readonly unknown[]): void;
}

type Handlers<E extends DomainEvent, Row extends object> = {
  readonly [Type in E['type']]?: (rows: Rows<Row>, event: Recorded<Extract<E, { type: Type }>>) => void;
};

/** Counters kept beside a fold: when a row changes, its old keys are decremented and its new keys incremented, in bulk. */
export interface Counters<Row extends object> {
  /** Table with the given key columns (all text) and a bigint column `n`. */
  readonly name: string;
  readonly keyColumns: readonly string[];
  /** The counters this row stands in, each a tuple in the order of `keyColumns`; pure. */
  readonly keysOf: (row: Row) => readonly (readonly string[])[];
}

/** The partition an event belongs to; undefined = not of interest. */
export interface PartitionOf<E> {
  (event: E): string | undefined;
  /** Nothing feeds a partition but one stream: before that has begun, there are no rows to look for. */
  readonly ofOneStream?: true;
}

/** Every stream `<category>-<id>` is a partition of its own, named by the id. */
export const streamsOf = (category: string): PartitionOf<{ readonly streamId: string }> => {
  const prefix = `${category}-`;
  const idOf = ({ streamId }: { readonly streamId: string }) =>
    streamId.startsWith(prefix) ? streamId.slice(prefix.length) : undefined;
  return Object.assign(idOf, { ofOneStream: true as const });
};

/** A pure fold of rows: the runner loads the partitions of a batch, folds in memory, writes one bulk statement per table. */
export interface FoldProjection<E extends DomainEvent = DomainEvent, Row extends object = object> {
  readonly kind: 'fold';
  readonly table: TableSpec<Row>;
  /** The column whose value selects a partition's rows; it must be the first of an index or of the primary key. */
  readonly partitionColumn: keyof Row & string;
  readonly partition: PartitionOf<Recorded<E>>;
  readonly on: Handlers<E, Row>;
  readonly counters?: Counters<Row>;
}

/** Rows that are only ever added: one event gives zero or more rows; reads nothing. */
export interface AppendProjection<E extends DomainEvent = DomainEvent, Row extends object = object> {
  readonly kind: 'append';
  readonly table: TableSpec<Row>;
  readonly rows: (event: Recorded<E>) => readonly Row[];
}

export type Projection = FoldProjection<never, never> | AppendProjection<never, never>;

/** Declares a fold with its event and row types checked. */
export const fold = <E extends DomainEvent, Row extends object>(
  projection: Omit<FoldProjection<E, Row>, 'kind'>,
): Projection => ({ kind: 'fold', ...projection }) as unknown as Projection;

/** Declares an append-only read model with its event and row types checked. */
export const appendOnly = <E extends DomainEvent, Row extends object>(
  projection: Omit<AppendProjection<E, Row>, 'kind'>,
): Projection => ({ kind: 'append', ...projection }) as unknown as Projection;

/** Read models that share one checkpoint and one transaction, so that they never disagree. Raise `version` to rebuild. */
export interface ProjectionGroup {
  readonly name: string;
  readonly version: number;
  /** `undefined` = every event of the log. */
  readonly types?: readonly string[];
  /** What people read right after they have changed something: brought forward at once, before other groups. */
  readonly prompt?: true;
  readonly projections: readonly Projection[];
}
