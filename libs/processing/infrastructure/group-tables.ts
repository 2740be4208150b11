import type { Projection, ProjectionGroup } from '../application/projection.js';
import { asFold, typeOf, type AnyTable } from '../application/working-set.js';
import type { Session } from './session.js';

/** One physical table of a build. */
export interface BuildTable {
  /** As the read model names it. */
  readonly logical: string;
  /** Unqualified, e.g. `review_status_v1_b2`; always in schema `rm`. */
  readonly physical: string;
  readonly spec: AnyTable;
  /** Its rows are looked up by this column while folding. */
  readonly partitionColumn?: string;
  /** Rows are only ever added: its keys need no index while it is filled. */
  readonly appendOnly: boolean;
}

export const physicalName = (table: string, version: number, build: number): string => `${table}_v${version}_b${build}`;

export const qualified = (physical: string): string => `rm."${physical}"`;

/** The tables of a group's build: one for each projection and one for each set of counters. */
export function buildTables(group: ProjectionGroup, version: number, build: number): BuildTable[] {
  const tables = group.projections.flatMap((projection) => tablesOf(projection, version, build));
  const twice = tables.find(({ logical }, i) => tables.findIndex((other) => other.logical === logical) !== i);
  if (twice) throw new Error(`Group ${group.name} has two tables named ${twice.logical}.`);
  for (const { logical, spec } of tables) checkNames(logical, spec);
  return tables;
}

/** The logical names of a group's tables. */
export const tableNames = (group: ProjectionGroup): string[] =>
  buildTables(group, group.version, 1).map(({ logical }) => logical);

function tablesOf(projection: Projection, version: number, build: number): BuildTable[] {
  const spec = projection.table as unknown as AnyTable;
  const table = { logical: spec.name, physical: physicalName(spec.name, version, build), spec };
  if (projection.kind === 'append') return [{ ...table, appendOnly: true }];
  const { counters, partitionColumn } = asFold(projection);
  const main: BuildTable = { ...table, partitionColumn, appendOnly: false };
  return counters ? [main, countersTable(counters.name, counters.keyColumns, version, build)] : [main];
}

function countersTable(name: string, keyColumns: readonly string[], version: number, build: number): BuildTable {
  const columns = Object.fromEntries<'text' | 'bigint'>([
    ...keyColumns.map((key) => [key, 'text'] as const),
    ['n', 'bigint'],
  ]);
  return {
    logical: name,
    physical: physicalName(name, version, build),
    spec: { name, columns, primaryKey: [...keyColumns] },
    appendOnly: false,
  };
}

/** PostgreSQL cuts longer names, and two builds would meet in one table. */
const LONGEST_NAME = 63 - '_v9999_b9999_partition'.length;

function checkNames(logical: string, { columns, primaryKey }: AnyTable): void {
  for (const name of [logical, ...Object.keys(columns)])
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Error(`${name} is not a name for a table or column.`);
  if (logical.length > LONGEST_NAME) throw new Error(`Table name ${logical} is longer than ${LONGEST_NAME}.`);
  if (primaryKey.length === 0) throw new Error(`Table ${logical} has no primary key.`);
}

/** So much is sorted in memory while an index is made; more goes through files. */
const INDEX_MEMORY = '256MB';

/** Creates what is missing of a build. With `empty` false, what only readers need waits for `createIndexes`. */
export async function createTables(session: Session, tables: readonly BuildTable[], empty: boolean): Promise<void> {
  for (const table of tables) {
    const { physical, spec, partitionColumn, appendOnly } = table;
    const columns = Object.entries(spec.columns).map(([name, type]) => `"${name}" ${columnSql(type)}`);
    const key = empty || !appendOnly ? [`CONSTRAINT "${physical}_pk" PRIMARY KEY (${quoted(spec.primaryKey)})`] : [];
    await session.run(`CREATE TABLE IF NOT EXISTS ${qualified(physical)} (${[...columns, ...key].join(', ')})`);
    await session.run(walls(qualified(physical), 'workspace_id' in spec.columns));
    if (partitionColumn !== undefined && spec.primaryKey[0] !== partitionColumn)
      await session.run(
        `CREATE INDEX IF NOT EXISTS "${physical}_partition" ON ${qualified(physical)} ("${partitionColumn}")`,
      );
  }
  if (empty) await createIndexes(session, tables);
}

/** Readers see the rows of their own workspace only, of a table that does not tell whose they are none at all. */
const walls = (table: string, tellsWhose: boolean) => `
  GRANT SELECT ON ${table} TO countersign_reader;
  ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
  DROP POLICY IF EXISTS workspace ON ${table};
  ${tellsWhose ? `CREATE POLICY workspace ON ${table} FOR SELECT TO countersign_reader USING (${OWN_ROWS})` : ''}`;

const OWN_ROWS = `workspace_id = current_setting('countersign.workspace', true)`;

/** The indexes readers need, and statistics for them; can be repeated. */
export async function createIndexes(session: Session, tables: readonly BuildTable[]): Promise<void> {
  await session.run(`SET maintenance_work_mem = '${INDEX_MEMORY}'`);
  for (const { physical, spec, appendOnly } of tables) {
    if (appendOnly && !(await hasPrimaryKey(session, physical)))
      await session.run(
        `ALTER TABLE ${qualified(physical)} ADD CONSTRAINT "${physical}_pk" PRIMARY KEY (${quoted(spec.primaryKey)})`,
      );
    for (const [i, index] of (spec.indexes ?? []).entries())
      await session.run(indexSql(`${physical}_i${i + 1}`, qualified(physical), index));
  }
}

export async function analyze(session: Session, tables: readonly BuildTable[]): Promise<void> {
  for (const { physical } of tables) await session.run(`ANALYZE ${qualified(physical)}`);
}

/** An index is written as what follows the table name, e.g. `(a, b DESC)`, `USING gin (c)` or `UNIQUE (d)`. */
const indexSql = (name: string, table: string, definition: string) => {
  const unique = /^unique\s+/i.test(definition);
  const rest = unique ? definition.replace(/^unique\s+/i, '') : definition;
  return `CREATE ${unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS "${name}" ON ${table} ${rest}`;
};

async function hasPrimaryKey(session: Session, physical: string): Promise<boolean> {
  const rows = await session.rows(
    `SELECT 1 FROM pg_constraint WHERE contype = 'p' AND conrelid = to_regclass('${qualified(physical)}')`,
  );
  return rows.length > 0;
}

const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(', ');

/** Text compares by bytes: the same order on every machine, and the fastest. */
function columnSql(type: string): string {
  const base = typeOf(type);
  const collated = base === 'text' || base === 'text[]' ? `${base} COLLATE "C"` : base;
  return type.endsWith(' null') ? collated : `${collated} NOT NULL`;
}
