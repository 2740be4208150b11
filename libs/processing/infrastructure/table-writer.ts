import { typeOf, type AnyTable, type Changes, type Row } from '../application/working-set.js';
import { arrayOf, jsonArray, jsonTexts, quotedElement } from './array-parameters.js';
import type { BuildTable } from './group-tables.js';
import { qualified } from './group-tables.js';
import { together, type Session } from './session.js';

/** Below this many rows one statement is quicker than COPY, which waits for all that was given before it. */
export const COPY_FROM = 64;
/** Pieces in which COPY is sent, in rows: large enough to be few, small enough not to hold much. */
const COPY_PIECE = 1000;
/** Different updates of one table that are kept prepared; beyond that every column is written. */
const MOST_UPDATES = 32;

/** A statement that is prepared once per connection, with its parameters. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly string[];
  readonly name: string;
}

/** Writes some columns of rows that are there. */
interface Update {
  readonly name: string;
  readonly sql: string;
  readonly columns: readonly string[];
}

/** All at once. @throws what the first of them failed with */
export const sendAll = (session: Session, statements: readonly Statement[]): Promise<void> =>
  together(statements.map(({ sql, values, name }) => session.rows(sql, values, name)));

/** Reads and writes the rows of one physical table in bulk. All statements are prepared once per connection. */
export class TableWriter {
  private readonly columns: readonly string[];
  private readonly read: readonly ((value: string) => unknown)[];
  private readonly loadSql: string;
  private readonly insertSql: string;
  private readonly deleteSql: string;
  private readonly copySql: string;
  private readonly same: string;
  private readonly updates = new Map<string, Update>();

  constructor(readonly table: BuildTable) {
    const { spec, physical, partitionColumn } = table;
    const target = qualified(physical);
    this.columns = Object.keys(spec.columns);
    this.read = this.columns.map((column) => reader(spec.columns[column] ?? 'text'));
    const list = this.columns.map(quote).join(', ');
    const selected = this.columns.map((c) =>
      isArray(spec, c) ? `array_to_json(${quote(c)}) AS ${quote(c)}` : quote(c),
    );
    this.loadSql = `SELECT ${selected.join(', ')} FROM ${target} WHERE ${quote(partitionColumn ?? '')} = ANY($1::text[])`;
    this.insertSql = `INSERT INTO ${target} (${list}) ${unnest(spec, this.columns)}`;
    this.same = spec.primaryKey.map((column) => `t.${quote(column)} = u.${quote(column)}`).join(' AND ');
    this.deleteSql = `DELETE FROM ${target} t USING (${unnest(spec, spec.primaryKey)}) u WHERE ${this.same}`;
    this.copySql = `COPY ${target} (${list}) FROM STDIN`;
  }

  /** The stored rows of partitions, by partition. */
  async load(session: Session, partitions: readonly string[]): Promise<Map<string, Row[]>> {
    const found = new Map<string, Row[]>(partitions.map((partition) => [partition, []]));
    const lists = await session.lists(this.loadSql, [arrayOf(partitions)], this.name('load'));
    for (const values of lists) {
      const row = this.rowOf(values);
      found.get(String(row[this.table.partitionColumn ?? '']))?.push(row);
    }
    return found;
  }

  /** Adds rows that are not there: by a statement, or by COPY when they are many. */
  async insert(session: Session, rows: readonly Row[]): Promise<void> {
    if (rows.length < COPY_FROM) await sendAll(session, this.insertion(rows));
    else await session.copy(this.copySql, this.copyPieces(rows));
  }

  /** What is gone, what is different and what is new. @throws UnstorableValue before anything is sent */
  async write(session: Session, { inserts, ...changes }: Changes): Promise<void> {
    const few = inserts.length < COPY_FROM ? inserts : [];
    await sendAll(session, this.statements({ ...changes, inserts: few }));
    if (few !== inserts) await this.insert(session, inserts);
  }

  /** One statement each for what is gone, what is different and what is new. @throws UnstorableValue */
  statements({ inserts, updates, changed, deletes }: Changes): Statement[] {
    return [
      ...this.statement('delete', this.deleteSql, this.table.spec.primaryKey, deletes),
      ...this.update(updates, changed),
      ...this.insertion(inserts),
    ];
  }

  /** @throws UnstorableValue */
  insertion(rows: readonly Row[]): Statement[] {
    return this.statement('insert', this.insertSql, this.columns, rows);
  }

  private statement(what: string, sql: string, columns: readonly string[], rows: readonly Row[]): Statement[] {
    return rows.length === 0 ? [] : [{ sql, values: this.parameters(columns, rows), name: this.name(what) }];
  }

  /** Writes the columns that changed and no others: most updates change few, and documents are dear. */
  private update(rows: readonly Row[], changed: ReadonlySet<string>): Statement[] {
    const { primaryKey } = this.table.spec;
    const written = this.columns.filter((column) => changed.has(column) && !primaryKey.includes(column));
    if (written.length === 0) return [];
    const known = this.updates.get(written.join());
    const { name, sql, columns } =
      known ?? this.prepareUpdate(this.updates.size < MOST_UPDATES ? written : this.columns);
    return this.statement(name, sql, columns, rows);
  }

  private prepareUpdate(written: readonly string[]): Update {
    const { spec, physical } = this.table;
    const columns = [...new Set([...spec.primaryKey, ...written])];
    const set = written.map((column) => `${quote(column)} = u.${quote(column)}`).join(', ');
    const sql = `UPDATE ${qualified(physical)} t SET ${set} FROM (${unnest(spec, columns)}) u WHERE ${this.same}`;
    const update = { name: `update-${this.markOf(written)}`, sql, columns };
    this.updates.set(written.join(), update);
    return update;
  }

  /** The same for the same columns, whoever writes over a connection: a name stands for one statement there. */
  private markOf(columns: readonly string[]): string {
    return columns.reduce((mark, column) => mark | (1n << BigInt(this.columns.indexOf(column))), 0n).toString(36);
  }

  private name(what: string): string {
    return `${what}:${this.table.physical}`;
  }

  private rowOf(values: readonly (string | null)[]): Row {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < this.columns.length; i++) {
      const value = values[i];
      row[this.columns[i] as string] = value === null || value === undefined ? null : this.read[i]?.(value);
    }
    return row;
  }

  private parameters(columns: readonly string[], rows: readonly Row[]): string[] {
    return columns.map((column) => arrayLiteral(typeOf(this.table.spec.columns[column] ?? 'text'), column, rows));
  }

  private *copyPieces(rows: readonly Row[]): Generator<string> {
    const columns = this.columns.map((name) => ({ name, type: typeOf(this.table.spec.columns[name] ?? 'text') }));
    for (let from = 0; from < rows.length; from += COPY_PIECE) {
      const to = Math.min(from + COPY_PIECE, rows.length);
      let text = '';
      for (let i = from; i < to; i++) text += copyLine(columns, rows[i] as Row);
      yield text;
    }
  }
}

function copyLine(columns: readonly { name: string; type: string }[], row: Row): string {
  let line = '';
  for (let i = 0; i < columns.length; i++) {
    const { name, type } = columns[i] as { name: string; type: string };
    const value = row[name];
    if (i > 0) line += '\t';
    line += value === null || value === undefined ? '\\N' : copyEscaped(textOf(type, value));
  }
  return line + '\n';
}

/** Adds deltas to counters in one statement; a counter that reaches zero is removed. */
export class CounterWriter {
  private readonly sql: string;
  private readonly name: string;

  constructor(table: BuildTable) {
    const keys = table.spec.primaryKey;
    const list = keys.map(quote).join(', ');
    this.name = `count:${table.physical}`;
    this.sql = `MERGE INTO ${qualified(table.physical)} t
      USING (${unnest(table.spec, [...keys, 'n'])}) u ON ${keys.map((k) => `t.${quote(k)} = u.${quote(k)}`).join(' AND ')}
      WHEN MATCHED AND t.n + u.n = 0 THEN DELETE
      WHEN MATCHED THEN UPDATE SET n = t.n + u.n
      WHEN NOT MATCHED THEN INSERT (${list}, n) VALUES (${keys.map((k) => `u.${quote(k)}`).join(', ')}, u.n)`;
    this.keys = keys;
  }

  private readonly keys: readonly string[];

  statements(counters: Changes['counters']): Statement[] {
    if (counters.length === 0) return [];
    const parameters = this.keys.map((_, i) => arrayOf(counters.map(({ key }) => key[i] ?? '')));
    return [
      { sql: this.sql, values: [...parameters, arrayOf(counters.map(({ delta }) => String(delta)))], name: this.name },
    ];
  }
}

const quote = (name: string) => `"${name}"`;

const isArray = ({ columns }: AnyTable, column: string) => typeOf(columns[column] ?? 'text') === 'text[]';

/** `SELECT … FROM unnest($1::text[], …)`; an array in an array would be flattened, so it travels as its text. */
function unnest(spec: AnyTable, columns: readonly string[]): string {
  const arrays = columns.map((c, i) => {
    const type = typeOf(spec.columns[c] ?? 'text');
    return type === 'jsonb' ? `${jsonArray(i + 1)}::jsonb[]` : `$${i + 1}::${isArray(spec, c) ? 'text' : type}[]`;
  });
  const selected = columns.map((c) => (isArray(spec, c) ? `u.${quote(c)}::text[] AS ${quote(c)}` : `u.${quote(c)}`));
  return `SELECT ${selected.join(', ')} FROM unnest(${arrays.join(', ')}) AS u(${columns.map(quote).join(', ')})`;
}

function arrayLiteral(type: string, column: string, rows: readonly Row[]): string {
  if (type === 'jsonb') return jsonTexts(rows.map((row) => (isNull(row[column]) ? null : jsonOf(row[column]))));
  const bare = type === 'integer' || type === 'boolean' || type === 'bigint';
  let text = '{';
  for (let i = 0; i < rows.length; i++) {
    if (i > 0) text += ',';
    const value = rows[i]?.[column];
    if (isNull(value)) text += 'NULL';
    else text += bare ? bareElement(value) : quotedElement(textOf(type, value));
  }
  return text + '}';
}

const isNull = (value: unknown): value is null | undefined => value === null || value === undefined;

/** Numbers and booleans need no quotes; anything else is quoted, so that the server and not the parser refuses it. */
const bareElement = (value: unknown) =>
  typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint'
    ? String(value)
    : quotedElement(String(value));

/** A row holds what its column cannot: the fold is to blame, not the database. */
export class UnstorableValue extends Error {
  override readonly name = 'UnstorableValue';
}

function jsonOf(value: unknown): string {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch {
    // circular, or a number that JSON does not have
  }
  throw new UnstorableValue('a value is not JSON');
}

function textOf(type: string, value: unknown): string {
  if (type === 'jsonb') return jsonOf(value);
  if (type === 'text[]' && !Array.isArray(value)) throw new UnstorableValue('a value is not a list of texts');
  if (type === 'text[]') return arrayOf(value as readonly string[]);
  return typeof value === 'string' ? value : String(value);
}

const COPY_SPECIAL = /[\\\t\n\r]/;
const COPY_SPECIALS = /[\\\t\n\r]/g;
const COPY_ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

const copyEscaped = (text: string) =>
  COPY_SPECIAL.test(text) ? text.replace(COPY_SPECIALS, (character) => COPY_ESCAPES[character] ?? character) : text;

/** From the server's text to the form that `normalForm` gives. */
function reader(column: string): (value: string) => unknown {
  switch (typeOf(column)) {
    case 'integer':
      return Number;
    case 'boolean':
      return (value) => value === 't';
    case 'timestamptz':
      return instantOf;
    case 'jsonb':
    case 'text[]':
      return (value) => JSON.parse(value) as unknown;
    case 'text':
    case 'bigint':
    case 'date':
      return (value) => value;
  }
}

/** `2026-11-22 10:00:00.5+00` → `2026-11-22T10:00:00.500Z`; the session's time zone is UTC. */
function instantOf(value: string): string {
  const [, day, time, fraction = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(value) ?? [];
  if (day === undefined) return new Date(value).toISOString();
  return `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}
