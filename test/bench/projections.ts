import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { PostgresSubjectKeys } from '#libs/event-store/infrastructure/postgres-subject-keys';
import { Processing } from '#libs/processing/infrastructure/processing';
import { allEvents, allGroups } from '#libs/composition/rooms';
import { lengthenLog } from './histories.js';
import { compare } from './measure.js';
import type { Result } from './result.js';
import { benchPool } from './pool.js';

const MILLION = 1_000_000;
/** Events in the log that is rebuilt. */
const EVENTS = Number(process.env['BENCH_EVENTS'] ?? MILLION);
/** Events of one catch-up. */
const STRETCH = Math.min(100_000, EVENTS / 10);
const PATIENCE_MS = 600_000;

/** P5 and P6: all read models, live and built anew, against COPY of what the audit trail takes of the same events. */
export async function projectionResults(url: string): Promise<Result[]> {
  const pool = benchPool(url, 2);
  const keyEncryptionKey = randomBytes(32);
  const newCodec = () => new Codec(new EventRegistry(allEvents), new PostgresSubjectKeys(pool, keyEncryptionKey));
  const writing = newCodec();
  const projector = (work: (processing: Processing) => Promise<void>) => projecting(url, newCodec(), work);
  try {
    // An empty log has its live build, indexes and all, at once: what comes later is caught up with.
    await projector(async (processing) => void (await processing.ready(PATIENCE_MS)));
    let written = 0;
    let before = 0;
    const catchUp = async () => {
      before = written;
      written += await lengthenLog(pool, writing, STRETCH);
      return (written - before) / (await projector((processing) => reached(processing, String(written))));
    };
    const copy = async () => copyRate(pool, await liveAuditTrail(pool), before);
    const { median: rates, spread } = await compare({ catchUp, copy }, 'copy', 3);
    const p5: Result = {
      id: 'P5',
      what: 'projection catch-up, all read models + checkpoint / COPY of the audit rows',
      value: rates['catchUp']! / rates['copy']!,
      unit: 'ratio',
      goal: { atLeast: 0.35 },
      figures: { 'events/s': rates['catchUp']!, 'COPY rows/s': rates['copy']!, 'COPY spread': spread['copy']! },
    };

    if (written < EVENTS) written += await lengthenLog(pool, writing, EVENTS - written);
    await forgetReadModels(pool);
    const seconds = await projector(async (processing) => {
      if (!(await processing.ready(PATIENCE_MS))) throw new Error('The rebuild took too long.');
    });
    const figures = {
      events: written,
      seconds,
      'events/s': written / seconds,
      'COPY rows/s': await copyRate(pool, await liveAuditTrail(pool), 0),
    };
    return [
      p5,
      {
        id: 'P6',
        what: 'rebuild of all read models / COPY of the audit rows',
        value: figures['events/s'] / figures['COPY rows/s'],
        unit: 'ratio',
        goal: { atLeast: 0.6 },
        figures,
      },
      {
        id: 'P6',
        what: `rebuild of all read models, 1 M events${EVENTS < MILLION ? `, scaled up from ${written}` : ''}`,
        value: (seconds * MILLION) / written,
        unit: 's',
        goal: { atMost: 30 },
        figures,
      },
    ];
  } finally {
    await pool.end();
  }
}

/** Runs the projections of a worker while `work` is done; seconds from its start to the end of `work`. */
async function projecting(url: string, codec: Codec, work: (processing: Processing) => Promise<void>): Promise<number> {
  const store = new PostgresEventStore({ connectionString: url });
  const processing = new Processing({ store, codec, database: { connectionString: url }, groups: allGroups });
  const start = performance.now();
  try {
    await processing.start(['projections']);
    await work(processing);
    return (performance.now() - start) / 1000;
  } finally {
    await processing.stop();
    await store.close();
  }
}

async function reached(processing: Processing, position: string): Promise<void> {
  await Promise.all(allGroups.map(({ name }) => processing.waitGate.waitFor(name, position, PATIENCE_MS)));
}

/** The physical table of the live build. */
async function liveAuditTrail(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT t.name FROM processing.processors, unnest(tables) AS t (name)
      WHERE status = 'live' AND t.name LIKE 'audit\\_trail%'`,
  );
  return `rm."${rows[0]!.name}"`;
}

/** FCP: rows per second of COPY into a table of the same columns and indexes, of the rows after a position. */
async function copyRate(pool: pg.Pool, table: string, after: number): Promise<number> {
  const file = join(tmpdir(), `countersign-bench-${randomUUID()}`);
  try {
    // A stretch meets the indexes as the projection met them: with all rows before it in place.
    await pool.query(`DROP TABLE IF EXISTS rm.bench_copy; CREATE TABLE rm.bench_copy (LIKE ${table} INCLUDING ALL)`);
    await pool.query(`INSERT INTO rm.bench_copy SELECT * FROM ${table} ORDER BY ordinal LIMIT ${after}`);
    await pool.query(`COPY (SELECT * FROM ${table} ORDER BY ordinal OFFSET ${after}) TO '${file}'`);
    const start = performance.now();
    const { rowCount } = await pool.query(`COPY rm.bench_copy FROM '${file}'`);
    const seconds = (performance.now() - start) / 1000;
    await pool.query('DROP TABLE rm.bench_copy');
    return rowCount! / seconds;
  } finally {
    rmSync(file, { force: true });
  }
}

/** As after a restore: only the log is left. */
async function forgetReadModels(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'rm'`,
  );
  for (const { name } of rows) await pool.query(`DROP TABLE rm.${name}`);
  await pool.query('DELETE FROM processing.processors');
}
