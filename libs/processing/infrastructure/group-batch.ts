import { setImmediate } from 'node:timers/promises';
import type { Recorded } from '#libs/kernel/domain/message';
import type { AppendProjection, ProjectionGroup } from '../application/projection.js';
import { asFold, normalForm, WorkingSet, type Changes, type Row } from '../application/working-set.js';
import { buildTables, type BuildTable } from './group-tables.js';
import { together, type Session } from './session.js';
import { arrayOf } from './array-parameters.js';
import { COPY_FROM, CounterWriter, sendAll, TableWriter, UnstorableValue, type Statement } from './table-writer.js';

/** An event ready to be folded; `unreadable` says why its payload is not: then it holds the raw data. */
export interface Decoded {
  readonly event: Recorded;
  readonly unreadable?: Error;
}

/** A partition's event that cannot be applied, or waits behind one. */
export interface ParkedEvent {
  readonly partition: string;
  readonly event: Recorded;
  /** `undefined` = it only waits. */
  readonly error: string | undefined;
}

/** A fold threw on an event: its partition must be parked and the batch folded again. */
export class FoldFailed extends Error {
  override readonly name = 'FoldFailed';

  constructor(
    readonly partition: string,
    readonly event: Recorded,
    override readonly cause: unknown,
  ) {
    super(`${event.type} at ${event.position}: ${sentence(cause)}`);
  }
}

/** What nobody can park: an append projection, or finding the partition, failed. The group halts. */
export class GroupFailed extends Error {
  override readonly name = 'GroupFailed';

  constructor(
    readonly table: string,
    readonly event: Recorded | undefined,
    override readonly cause: unknown,
  ) {
    super(`${table}${event ? `, ${event.type} at ${event.position}` : ''}: ${sentence(cause)}`);
  }
}

/** The database refused the values of a table: some event of the batch is to blame. */
export class WriteFailed extends Error {
  override readonly name = 'WriteFailed';

  constructor(
    readonly table: BuildTable,
    override readonly cause: unknown,
  ) {
    super(`${table.logical}: ${sentence(cause)}`);
  }
}

/** What may be kept of an error: for the database's the code only, because its texts quote values. */
export function sentence(error: unknown): string {
  const code = codeOf(error);
  if (/^[0-9][0-9A-Z]{4}$/.test(code)) return `PostgreSQL said ${code}`;
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.replaceAll('\u0000', '\uFFFD').slice(0, 500); // no column takes U+0000
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);

/** Class 22 and 23 of SQLSTATE: the values are to blame, the same again would fail again. */
export const refusesValues = (error: unknown): boolean => /^2[23][0-9A-Z]{3}$/.test(codeOf(error));

/** By partition, the event that is known to fail and why. */
export type Culprits = ReadonlyMap<string, { readonly eventId: string; readonly error: string }>;

/** After so many events others in this process get their turn. */
const BREATH = 256;

/** What a transaction writes. */
export interface Taken {
  readonly changes: readonly Changes[];
  readonly appended: readonly (readonly Row[])[];
  readonly parked: readonly ParkedEvent[];
}

const isSmall = ({ changes, appended }: Taken): boolean =>
  [...changes.map(({ inserts }) => inserts), ...appended].every(({ length }) => length < COPY_FROM);

interface Fold {
  readonly set: WorkingSet;
  readonly writer: TableWriter;
  readonly counters: CounterWriter | undefined;
}

interface Append {
  readonly projection: AppendProjection;
  readonly writer: TableWriter;
  readonly normal: (row: Row) => Row;
  readonly rows: Row[];
}

/**
 * One build of a group: folds events into the rows of its tables and writes them in one statement per table. Everything
 * happens inside the caller's transaction, which holds the lock on the build's checkpoint.
 */
export class GroupBatch {
  readonly tables: readonly BuildTable[];
  private readonly folds: readonly Fold[];
  private readonly appends: readonly Append[];
  private parkedNow: ParkedEvent[] = [];
  private readonly hotPartitions: number;

  constructor(
    readonly group: ProjectionGroup,
    readonly version: number,
    readonly build: number,
    { frozen = false, hotPartitions = 0 }: { frozen?: boolean; hotPartitions?: number } = {},
  ) {
    this.hotPartitions = hotPartitions;
    this.tables = buildTables(group, version, build);
    this.folds = group.projections.flatMap((projection) => {
      if (projection.kind !== 'fold') return [];
      const fold = asFold(projection);
      const counters = fold.counters && new CounterWriter(this.tableOf(fold.counters.name));
      return [{ set: new WorkingSet(fold, frozen), writer: new TableWriter(this.tableOf(fold.table.name)), counters }];
    });
    this.appends = group.projections.flatMap((projection) => {
      if (projection.kind !== 'append') return [];
      const append = projection as unknown as AppendProjection;
      const table = this.tableOf(append.table.name);
      return [{ projection: append, writer: new TableWriter(table), normal: normalForm(table.spec), rows: [] }];
    });
  }

  /** The tables are empty and nobody else writes them: partitions need no look-up. */
  startEmpty(): void {
    for (const { set } of this.folds) set.startEmpty();
  }

  /**
   * Folds events in their order. `parked` holds the parked partitions and grows; `culprits` names, by partition, the
   * event that is known to fail.
   * @throws FoldFailed, GroupFailed; `abandon` must follow.
   */
  async fold(session: Session, events: readonly Decoded[], parked: Set<string>, culprits: Culprits): Promise<void> {
    // Here and nowhere else: later, a partition may have been loaded for an event that has not come to its turn.
    for (const { set } of this.folds) set.shrink(this.hotPartitions);
    const partitions = this.folds.map((fold) => partitionsOf(fold, events));
    const begun = new Set(events.flatMap(({ event }) => (event.revision === 0n ? [event.streamId] : [])));
    const isNew = (index: number) => begun.has((events[index] as Decoded).event.streamId);
    await together(this.folds.map((fold, i) => loadMissing(session, fold, partitions[i] ?? [], isNew)));
    for (let index = 0; index < events.length; index++) {
      if (index % BREATH === BREATH - 1) await setImmediate();
      this.foldOne(events[index] as Decoded, (fold) => partitions[fold]?.[index], parked, culprits);
    }
  }

  private foldOne(
    { event, unreadable }: Decoded,
    partitionOf: (fold: number) => string | undefined,
    parked: Set<string>,
    culprits: Culprits,
  ): void {
    let waiting: Set<string> | undefined;
    for (let i = 0; i < this.folds.length; i++) {
      const partition = partitionOf(i);
      if (partition === undefined || waiting?.has(partition)) continue;
      const culprit = culprits.get(partition);
      const failsNow = unreadable ? sentence(unreadable) : culprit?.eventId === event.id ? culprit.error : undefined;
      if (parked.has(partition) || failsNow !== undefined) {
        this.parkedNow.push({ partition, event, error: parked.has(partition) ? undefined : failsNow });
        parked.add(partition);
        (waiting ??= new Set()).add(partition);
        continue;
      }
      try {
        this.folds[i]?.set.apply(partition, event);
      } catch (error) {
        throw new FoldFailed(partition, event, error);
      }
    }
    for (const append of this.appends) appendRows(append, event);
  }

  /** Applies parked events of one partition again, to the folds only: what is appended was appended when they came. */
  async refold(session: Session, events: readonly Decoded[], partition: string): Promise<void> {
    for (const fold of this.folds) {
      const partitions = partitionsOf(fold, events);
      if (partitions.includes(partition)) await loadMissing(session, fold, [partition]);
      for (const [index, { event, unreadable }] of events.entries()) {
        if (partitions[index] !== partition) continue;
        try {
          if (unreadable) throw unreadable;
          fold.set.apply(partition, event);
        } catch (error) {
          throw new FoldFailed(partition, event, error);
        }
      }
    }
  }

  /** What was folded since the last call, to be written; the fold may go on meanwhile. */
  take(): Taken {
    const changes = this.folds.map(({ set }) => set.take());
    const appended = this.appends.map((append) => append.rows.splice(0));
    return { changes, appended, parked: this.parkedNow.splice(0) };
  }

  /**
   * What is small goes out all at once, with what has to come before it and after it; undefined = it is not small.
   * @throws WriteFailed before anything is sent
   */
  inOneGo(taken: Taken): ((session: Session) => Promise<void>) | undefined {
    if (!isSmall(taken) || taken.parked.length > 0) return undefined;
    const tables = this.statementsOf(taken);
    return (session) =>
      together(tables.map(({ table, statements }) => blaming(table, () => sendAll(session, statements))));
  }

  /** @throws WriteFailed, GroupFailed */
  async write(session: Session, taken: Taken): Promise<void> {
    const { changes, appended, parked } = taken;
    for (const [i, { writer, counters }] of this.folds.entries()) {
      const change = changes[i] as Changes;
      await blaming(writer.table, () => writer.write(session, change));
      if (counters) await blaming(writer.table, () => sendAll(session, counters.statements(change.counters)));
    }
    for (const [i, { writer }] of this.appends.entries())
      await blaming(writer.table, () => writer.insert(session, appended[i] ?? []));
    if (parked.length > 0) await this.park(session, parked);
  }

  private statementsOf({ changes, appended }: Taken): { table: BuildTable; statements: Statement[] }[] {
    const prepared = (table: BuildTable, make: () => Statement[]) => {
      try {
        return { table, statements: make() };
      } catch (error) {
        throw new WriteFailed(table, error);
      }
    };
    const folds = this.folds.map(({ writer, counters }, i) => {
      const change = changes[i] as Changes;
      const counted = () => counters?.statements(change.counters) ?? [];
      return prepared(writer.table, () => [...writer.statements(change), ...counted()]);
    });
    const appends = this.appends.map(({ writer }, i) =>
      prepared(writer.table, () => writer.insertion(appended[i] ?? [])),
    );
    return [...folds, ...appends];
  }

  /** What was taken is committed. */
  stored(): void {
    for (const { set } of this.folds) set.stored();
  }

  /** What was folded is not stored: the tables are the truth again. */
  abandon(): void {
    for (const { set } of this.folds) set.abandon();
    for (const append of this.appends) append.rows.splice(0);
    this.parkedNow = [];
  }

  private tableOf(logical: string): BuildTable {
    const table = this.tables.find((candidate) => candidate.logical === logical);
    if (!table) throw new Error(`Group ${this.group.name} has no table ${logical}.`);
    return table;
  }

  private async park(session: Session, events: readonly ParkedEvent[]): Promise<void> {
    const column = (value: (parked: ParkedEvent) => string | null) => arrayOf(events.map(value));
    await session.rows(
      `INSERT INTO processing.parked_events (name, version, build, partition_key, position, event_id, stream_id, revision, error)
       SELECT $1, $2, $3, u.* FROM unnest($4::text[], $5::text[], $6::uuid[], $7::text[], $8::bigint[], $9::text[])
         AS u(partition_key, position, event_id, stream_id, revision, error)`,
      [
        this.group.name,
        this.version,
        this.build,
        column(({ partition }) => partition),
        column(({ event }) => event.position),
        column(({ event }) => event.id),
        column(({ event }) => event.streamId),
        column(({ event }) => String(event.revision)),
        column(({ error }) => error ?? null),
      ],
    );
  }
}

/** The partition of each event in this fold; undefined when the fold does nothing with it. */
function partitionsOf({ set, writer }: Fold, events: readonly Decoded[]): (string | undefined)[] {
  const { on, partition } = set.projection;
  return events.map(({ event }) => {
    if (on[event.type] === undefined) return undefined;
    try {
      return partition(event);
    } catch (error) {
      throw new GroupFailed(writer.table.logical, event, error);
    }
  });
}

/**
 * Reads the partitions of events, as far as they are not in memory.
 * @param isNew whether the stream of an event begins in this batch: a partition that nothing else feeds has no rows then
 */
async function loadMissing(
  session: Session,
  { set, writer }: Fold,
  partitions: readonly (string | undefined)[],
  isNew: (index: number) => boolean = () => false,
) {
  const { ofOneStream } = set.projection.partition;
  const missing = new Set<string>();
  for (const [index, partition] of partitions.entries()) {
    if (partition === undefined) continue;
    if (set.knows(partition)) set.use(partition);
    else if (ofOneStream && isNew(index)) set.load(partition, []);
    else missing.add(partition);
  }
  if (missing.size === 0) return;
  for (const [partition, rows] of await writer.load(session, [...missing])) set.load(partition, rows);
}

function appendRows(append: Append, event: Recorded): void {
  try {
    for (const row of append.projection.rows(event)) append.rows.push(append.normal(row as Row));
  } catch (error) {
    throw new GroupFailed(append.projection.table.name, event, error);
  }
}

async function blaming(table: BuildTable, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (refusesValues(error) || error instanceof UnstorableValue) throw new WriteFailed(table, error);
    if (codeOf(error).startsWith('42')) throw new GroupFailed(table.logical, undefined, error);
    throw error;
  }
}
