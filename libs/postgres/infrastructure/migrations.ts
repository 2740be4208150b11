import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool, PoolClient } from 'pg';

export interface Migration {
  /** File name without `.sql`, e.g. `0001-event-store`; sorted by it. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 (hex) of the text with LF line ends. */
  readonly checksum: string;
}

export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** Two processes that start at once apply in turn; the number is ours alone in this database. */
const LOCK = 7_203_551_204_001n;

/** The plain SQL files of a folder in their order. */
export function readMigrations(dir: string): Migration[] {
  const files = readdirSync(dir)
    .filter((file) => file.endsWith('.sql'))
    .sort();
  const migrations = files.map((file) => {
    if (!/^\d{4}-[a-z0-9-]+\.sql$/.test(file)) throw new MigrationError(`${file} is not named NNNN-what-it-does.sql.`);
    const sql = readFileSync(join(dir, file), 'utf8').replaceAll('\r\n', '\n');
    return { name: file.slice(0, -'.sql'.length), sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
  const twice = migrations.find(({ name }, i) => migrations[i + 1]?.name.slice(0, 4) === name.slice(0, 4));
  if (twice) throw new MigrationError(`Two migrations have the number ${twice.name.slice(0, 4)}.`);
  return migrations;
}

/**
 * Applies what is new, each file in its own transaction, forward only.
 * @returns the names applied now.
 * @throws MigrationError when an applied file was edited or is missing, or when its number is below the newest applied.
 */
export async function migrate(pool: Pool, dir: string): Promise<string[]> {
  const migrations = readMigrations(dir);
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
    await client.query(`
      CREATE TABLE IF NOT EXISTS public.schema_migrations (
        name       text PRIMARY KEY,
        checksum   text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
      )`);
    const applied = await appliedIn(client);
    refuseChanged(migrations, applied);
    const open = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of open) await apply(client, migration);
    return open.map(({ name }) => name);
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    if (!broken) await client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    client.release(broken); // a connection that failed half way takes its lock with it
  }
}

/** What is not applied yet; changes nothing. */
export async function pendingMigrations(pool: Pool, dir: string): Promise<string[]> {
  const migrations = readMigrations(dir);
  const { rows } = await pool.query<{ there: boolean }>(
    `SELECT to_regclass('public.schema_migrations') IS NOT NULL AS there`,
  );
  const applied = rows[0]?.there ? await appliedIn(pool) : new Map<string, string>();
  refuseChanged(migrations, applied);
  return migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name);
}

async function appliedIn(client: Pick<PoolClient | Pool, 'query'>): Promise<Map<string, string>> {
  const { rows } = await (client as PoolClient).query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM public.schema_migrations ORDER BY name',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function refuseChanged(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): void {
  const here = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const [name, checksum] of applied) {
    const migration = here.get(name);
    if (!migration)
      throw new MigrationError(`The database has migration ${name}, this program does not: it is older than its data.`);
    if (migration.checksum !== checksum)
      throw new MigrationError(`Migration ${name} was edited after it was applied. Bring it back and add a new one.`);
  }
  const newest = [...applied.keys()].at(-1);
  const late = newest && migrations.find(({ name }) => !applied.has(name) && name < newest);
  if (late)
    throw new MigrationError(`Migration ${late.name} comes too late: ${newest} is applied. Give it a higher number.`);
}

async function apply(client: PoolClient, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('INSERT INTO public.schema_migrations (name, checksum) VALUES ($1, $2)', [name, checksum]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new MigrationError(`Migration ${name} failed: ${(error as Error).message}`, { cause: error });
  }
}
