import { spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import type { Pool } from 'pg';
import { EmbeddedPostgres } from '#libs/postgres/infrastructure/embedded/embedded-postgres';
import { birthOf } from '#libs/postgres/infrastructure/embedded/processes';
import { migrate, readMigrations } from '#libs/postgres/infrastructure/migrations';
import { createPool } from '#libs/postgres/infrastructure/pool';

export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Ends the pool and drops the database. */
  close(): Promise<void>;
}

const MIGRATIONS = resolve('migrations');
let server: Promise<string> | undefined;
const templates = new Map<string, Promise<string>>();

/** A fresh, migrated database on a real PostgreSQL; one server per test process, made at the first call. */
export const testDatabase = (): Promise<TestDatabase> => fresh(MIGRATIONS);

/** The same without any migration. */
export const emptyDatabase = (): Promise<TestDatabase> => fresh(undefined);

async function fresh(migrations: string | undefined): Promise<TestDatabase> {
  const admin = await (server ??= serverUrl());
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const template = migrations ? await templateOf(admin, migrations) : 'template0';
  // On a server that need not last, copying files takes half the time of writing every page to the log.
  await asAdmin(admin, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY FILE_COPY`));
  const url = withDatabase(admin, name);
  const pool = createPool({ connectionString: url, max: 10, idleTimeoutMillis: 1000, allowExitOnIdle: true });
  return {
    url,
    pool,
    close: async () => {
      if (!pool.ended) await pool.end();
      await asAdmin(admin, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** The migrated database that others are copied from: made once per server and state of the migrations. */
function templateOf(admin: string, dir: string): Promise<string> {
  const checksums = existsSync(dir) ? readMigrations(dir).map(({ checksum }) => checksum) : [];
  const name = `template_${createHash('sha1').update(checksums.join()).digest('hex')}`;
  const known = templates.get(name);
  if (known) return known;
  const made = makeTemplate(admin, dir, name);
  templates.set(name, made);
  return made;
}

async function makeTemplate(admin: string, dir: string, name: string): Promise<string> {
  const found = await asAdmin(admin, (client) => client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]));
  if (found.rowCount) return name;
  const draft = `draft_${randomUUID().replaceAll('-', '')}`;
  await asAdmin(admin, (client) => client.query(`CREATE DATABASE ${draft} TEMPLATE template0`));
  const pool = createPool({ connectionString: withDatabase(admin, draft), max: 1 });
  try {
    if (existsSync(dir)) await migrate(pool, dir);
  } finally {
    await pool.end();
  }
  await asAdmin(admin, (client) => client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`));
  return name;
}

const withDatabase = (url: string, database: string) => Object.assign(new URL(url), { pathname: `/${database}` }).href;

async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * The server of this process. Every test file of a jest worker has its own module registry, so the address is left in a
 * file named after the process; the watchdog ends the server and removes its folder when the process is gone, however
 * it went.
 */
async function serverUrl(): Promise<string> {
  const meeting = join(tmpdir(), `countersign-test-${process.pid}-${startedAt()}.url`);
  if (existsSync(meeting)) return readFileSync(meeting, 'utf8');
  const dataDir = mkdtempSync(join(tmpdir(), 'countersign-test-'));
  const stopWatching = watchdog(dataDir, meeting);
  try {
    const { url } = await EmbeddedPostgres.start({
      dataDir,
      database: 'postgres',
      durable: false,
      holder: 'tests',
      settings: { shared_buffers: '64MB', max_connections: '300', autovacuum_naptime: '5min' },
    });
    writeFileSync(`${meeting}.new`, url, { mode: 0o600 });
    renameSync(`${meeting}.new`, meeting);
    return url;
  } catch (error) {
    stopWatching();
    throw error;
  }
}

const startedAt = () => (birthOf(process.pid) ?? '').split('/').at(-1);

/** Ends when our end of its pipe closes, which the system does even on a kill -9. */
function watchdog(dataDir: string, meeting: string): () => void {
  const script = `
    read -r _
    pid=$(head -n 1 "$1/postgres/postmaster.pid" 2>/dev/null)
    if [ -n "$pid" ]; then
      kill -QUIT "$pid" 2>/dev/null
      n=0; while [ -f "$1/postgres/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done
      kill -KILL "$pid" 2>/dev/null
    fi
    rm -rf -- "$1" "$2"`;
  mkdirSync(dataDir, { recursive: true });
  const child = spawn('/bin/sh', ['-c', script, 'watchdog', dataDir, meeting], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return () => {
    child.stdin.end();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
