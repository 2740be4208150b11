import { statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import type { Pool } from 'pg';
import { ProcessingControl } from '#libs/processing/application/processing-control';
import { pendingMigrations } from '#libs/postgres/infrastructure/migrations';
import { createPool } from '#libs/postgres/infrastructure/pool';
import { Config } from './config.js';
import { openCore, WrongKeyEncryptionKey, type Core } from './core.js';
import { keyFilesOf, readKeys } from './keys.js';
import { createLogger } from './logging.js';
import { migrationsDir } from './project.js';
import { reachDatabase } from './reach-database.js';
import { run } from './running.js';
import { explain } from './start.js';

export interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warning' | 'fault';
  readonly detail: string;
}

const finding =
  (state: Finding['state']) =>
  (what: string, detail: string): Finding => ({ what, state, detail });
const ok = finding('ok');
const warning = finding('warning');
const fault = finding('fault');

/** More than this, and deadlines fire visibly early or late. */
const CLOCK_DIFFERENCE_MS = 2000;
const LITTLE_SPACE = 1024 ** 3;

/** Checks one thing after the other; what the next check needs and is not there ends it. */
export async function* diagnose(environment?: Readonly<Record<string, string | undefined>>): AsyncGenerator<Finding> {
  yield ok('node', process.versions.node);
  let config: Config;
  try {
    config = Config.standalone(environment);
  } catch (error) {
    return yield fault('configuration', explain(error));
  }
  yield ok('configuration', `event store ${config.eventStore}, ${config.production ? 'production' : 'not production'}`);
  yield* keys(config);
  yield* space(config);
  let database: Awaited<ReturnType<typeof reachDatabase>>;
  try {
    database = await reachDatabase(config, { mayStart: true, holder: 'countersign doctor' });
  } catch (error) {
    return yield fault('database', explain(error));
  }
  const pool = createPool({ connectionString: database.url, max: 2 });
  try {
    if (yield* databaseFindings(pool, database.source)) yield* installation(config, database.url);
  } finally {
    await pool.end();
    await database.release();
  }
}

function* keys(config: Config): Generator<Finding> {
  try {
    const { signing } = readKeys(config);
    yield ok('keys', `${signing.length} signing, 1 key-encryption`);
    if (process.platform === 'win32') return;
    for (const [name, file] of Object.entries(keyFilesOf(config)))
      if ((statSync(file).mode & 0o007) !== 0)
        yield warning('keys', `every user of this machine may read ${name} (${file})`);
  } catch (error) {
    yield fault('keys', explain(error));
  }
}

async function* space({ dataDir, databaseUrl }: Config): AsyncGenerator<Finding> {
  if (databaseUrl) return;
  const stats = await statfs(dataDir).catch(() => undefined);
  if (!stats) return yield warning('disk', `DATA_DIR ${dataDir} is not there yet`);
  const free = stats.bavail * stats.bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free in DATA_DIR`;
  yield free < LITTLE_SPACE ? warning('disk', detail) : ok('disk', detail);
}

/** @returns whether the rest can be checked. */
async function* databaseFindings(pool: Pool, source: string): AsyncGenerator<Finding, boolean> {
  try {
    const asked = Date.now();
    const { rows } = await pool.query<{ version: string; number: number; now: Date; encoding: string }>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
              clock_timestamp() AS now, current_setting('server_encoding') AS encoding`,
    );
    const { version, number, now, encoding } = rows[0]!;
    const difference = now.getTime() - (asked + Date.now()) / 2;
    if (encoding !== 'UTF8') yield fault('database', `the encoding is ${encoding}, it must be UTF8`);
    yield number >= 180_000
      ? ok('database', `PostgreSQL ${version}, ${source}`)
      : warning('database', `PostgreSQL ${version}: tested with 18 only`);
    const detail = `the database is ${Math.abs(difference).toFixed(0)} ms ${difference < 0 ? 'behind' : 'ahead'}`;
    yield Math.abs(difference) > CLOCK_DIFFERENCE_MS ? warning('clock', detail) : ok('clock', detail);
    const pending = await pendingMigrations(pool, migrationsDir);
    if (!pending.length) {
      yield ok('migrations', 'up to date');
      return true;
    }
    yield fault('migrations', `missing: ${pending.join(', ')}; run countersign migrate`);
  } catch (error) {
    yield fault('database', explain(error));
  }
  return false;
}

async function* installation(config: Config, databaseUrl: string): AsyncGenerator<Finding> {
  const logger = createLogger(config.with({ LOG_LEVEL: 'fatal' }), 'doctor');
  let core: Core;
  try {
    core = await openCore({ config, logger, databaseUrl });
  } catch (error) {
    return yield fault(error instanceof WrongKeyEncryptionKey ? 'data keys' : 'installation', explain(error));
  }
  yield ok('data keys', 'the key-encryption key opens them');
  const health = await core.store.health();
  if (!health.ok) {
    await core.close();
    return yield fault(
      'event store',
      `${config.eventStore} does not answer${health.detail ? `: ${health.detail}` : ''}`,
    );
  }
  yield ok('event store', `${config.eventStore}, head at ${await core.store.head()}`);
  const running = await run(core, (rooms) =>
    NestFactory.createApplicationContext(rooms, { logger: false, abortOnError: false }),
  );
  try {
    await running.process([]);
    yield* processing(running.app.get(ProcessingControl));
    yield* deliveries(core.database.pool);
  } finally {
    await running.stop();
  }
}

/** What went out, or did not: a receiver that is down is its owner's trouble, so this is never a fault. */
async function* deliveries(pool: Pool): AsyncGenerator<Finding> {
  const { rows } = await pool.query<{ waiting: number; late: number; dead: number }>(
    `SELECT (count(*) FILTER (WHERE state = 'waiting'))::int AS waiting,
            (count(*) FILTER (WHERE state = 'waiting' AND attempts = 0 AND due_at < now() - interval '5 min'))::int AS late,
            (count(*) FILTER (WHERE state = 'dead' AND finished_at > now() - interval '1 day'))::int AS dead
       FROM notifications.deliveries WHERE state = 'waiting' OR finished_at > now() - interval '1 day'`,
  );
  const { waiting, late, dead } = rows[0]!;
  if (late) yield warning('deliveries', `${late} were due 5 minutes ago and not tried; is a worker running?`);
  else if (dead) yield warning('deliveries', `${dead} were given up in the last 24 hours; ${waiting} waiting`);
  else yield ok('deliveries', `${waiting} waiting`);
}

async function* processing(control: ProcessingControl): AsyncGenerator<Finding> {
  const { processors, outbox, timers } = await control.statistics();
  const { missing } = await control.liveBuilds();
  if (missing.length) yield warning('read models', `not built yet: ${missing.join(', ')}; is a worker running?`);
  for (const { name, status, lag, parked, halted, error } of processors.filter((each) => each.status !== 'retired')) {
    if (halted) yield fault(name, `halted: ${error}`);
    else if (parked) yield fault(name, `${parked} events are parked; see countersign projections list`);
    else if (lag > 1000) yield warning(name, `${lag} behind the log; is a worker running?`);
    else yield ok(name, status === 'live' ? `live, ${lag} behind` : 'being built');
  }
  if (outbox.dead) yield fault('outbox', `${outbox.dead} messages were given up`);
  else yield ok('outbox', `${outbox.open} waiting`);
  if (timers.failing) yield fault('timers', `${timers.failing} fail again and again`);
  else if (timers.overdue) yield warning('timers', `${timers.overdue} overdue; is a worker running?`);
  else yield ok('timers', `${timers.open} set`);
}
