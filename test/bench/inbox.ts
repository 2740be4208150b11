import { Agent, request } from 'node:http';
import pg from 'pg';
import { Client } from '../support/client.js';
import { startServer } from './http.js';
import { quantile } from './measure.js';
import type { Result } from './result.js';

const CLIENTS = 16;
const REQUESTS = 400;
const ROUNDS = 3;
const FEW = 10_000;
/** Reviews at the large end. */
const MANY = Number(process.env['BENCH_REVIEWS'] ?? 1_000_000);
/** Read models that inbox and dashboards read, and the counters beside them. */
const TABLES = ['review_status', 'inbox', 'step_work'];
const COUNTERS = ['review_counter', 'work_counter'];

const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });

/**
 * P8 and P9: inbox, dashboards and one review, over HTTP, with few and with many reviews. The demo's reviews are
 * multiplied in the tables of the read models; the log keeps the demo's alone. Nine of ten copies are other people's
 * work; `manager3` has a part in all of them.
 */
export async function inboxResults(url: string): Promise<Result[]> {
  const server = await startServer(url, true);
  const database = new pg.Client({ connectionString: url });
  await database.connect();
  await database.query(`SET maintenance_work_mem = '512MB'`);
  try {
    const people = await Promise.all(
      ['admin', 'officer', 'officer2', 'manager3', 'manager', 'manager2'].map((name) => Client.login(server.url, name)),
    );
    const [admin, officer, officer2, partial, ...managers] = people as [Client, Client, Client, Client, ...Client[]];
    const until = new Date(Date.now() + 3_600_000).toISOString();
    for (const manager of managers) await manager.must('/delegations', { delegate: officer2.userId, until });
    const { body } = await admin.get('/reviews?limit=1');
    const reads: Record<string, [Client, string]> = {
      own: [officer, '/inbox'],
      acting: [officer2, '/inbox'],
      hidden: [partial, '/inbox'],
      counts: [officer2, '/inbox/counts'],
      'hidden counts': [partial, '/inbox/counts'],
      summary: [admin, '/dashboard/summary'],
      bottlenecks: [admin, '/dashboard/bottlenecks'],
      workload: [admin, '/dashboard/workload'],
      sla: [admin, '/dashboard/sla'],
      'by id': [admin, `/reviews/${body.data[0].id}`],
    };
    await multiply(database, FEW, partial.userId!);
    const few = await measured(server.url, { own: reads['own']!, acting: reads['acting']! });
    await multiply(database, MANY, partial.userId!);
    const many = await measured(server.url, reads);
    const of = (name: string) => many[name]!;
    const dashboards = ['summary', 'bottlenecks', 'workload', 'sla'];
    const ms = (names: readonly string[]) => Object.fromEntries(names.map((name) => [`${name} ms`, of(name)]));
    const size = `${MANY.toLocaleString('en')} reviews`;
    return [
      {
        id: 'P8',
        what: `inbox at ${size}, p99 at ${CLIENTS} clients`,
        value: of('own'),
        unit: 'ms',
        goal: { atMost: 40 },
        figures: ms(['hidden', 'counts', 'hidden counts']),
      },
      {
        id: 'P8',
        what: `inbox p99, ${size} / ${FEW.toLocaleString('en')}`,
        value: of('own') / few['own']!,
        unit: 'ratio',
        goal: { atMost: 2 },
        figures: { 'few ms': few['own']! },
      },
      {
        id: 'P8',
        what: 'inbox p99, with two delegations / without',
        value: of('acting') / of('own'),
        unit: 'ratio',
        goal: { atMost: 3 },
        figures: { ...ms(['acting']), 'few ms': few['acting']! },
      },
      {
        id: 'P9',
        what: `slowest dashboard p99 / by-id p99 at ${size}`,
        value: Math.max(...dashboards.map(of)) / of('by id'),
        unit: 'ratio',
        goal: { atMost: 3 },
        figures: ms([...dashboards, 'by id']),
      },
    ];
  } finally {
    await database.end();
    await server.stop();
  }
}

/** p99 in milliseconds of each read, the median of rounds taken in turns. */
async function measured(url: string, reads: Readonly<Record<string, [Client, string]>>) {
  const rounds: Record<string, number[]> = {};
  for (let round = 0; round <= ROUNDS; round++)
    for (const [name, [client, path]] of Object.entries(reads)) {
      const p99 = quantile(await latenciesOf(url, path, client.accessToken!), 0.99);
      // The first round warms.
      if (round > 0) (rounds[name] ??= []).push(p99);
    }
  return Object.fromEntries(Object.entries(rounds).map(([name, values]) => [name, quantile(values, 0.5)]));
}

/** Every answer must be 200. */
async function latenciesOf(url: string, path: string, token: string): Promise<number[]> {
  const { hostname, port } = new URL(url);
  const times: number[] = [];
  const one = () =>
    new Promise<void>((done, failed) => {
      const begun = performance.now();
      const headers = { authorization: `Bearer ${token}` };
      request({ agent, hostname, port, path: `/api/v1${path}`, headers }, (response) => {
        response.resume().once('end', () => {
          times.push(performance.now() - begun);
          if (response.statusCode === 200) done();
          else failed(new Error(`${path} answered ${response.statusCode}`));
        });
      })
        .once('error', failed)
        .end();
    });
  let left = REQUESTS;
  const caller = async () => {
    while (left-- > 0) await one();
  };
  await Promise.all(Array.from({ length: CLIENTS }, caller));
  return times;
}

/** Every row of the demo again under other review ids, spread over a year, until there are so many reviews. */
export async function multiply(database: pg.Client, reviews: number, partial: string): Promise<void> {
  const { rows: live } = await database.query<{ tablename: string }>(
    `SELECT tablename FROM pg_tables WHERE schemaname = 'rm'`,
  );
  const physical = (name: string) => {
    const found = live.find(({ tablename }) => tablename.startsWith(`${name}_v`));
    if (!found) throw new Error(`There is no table ${name}.`);
    return `rm.${found.tablename}`;
  };
  const status = physical('review_status');
  const counted = await database.query<{ own: number; all: number }>(
    `SELECT count(*) FILTER (WHERE review_id NOT LIKE '%~%')::int AS own, count(*)::int AS all FROM ${status}`,
  );
  const { own, all } = counted.rows[0]!;
  const [from, to] = [Math.round(all / own), Math.ceil(reviews / own) - 1];
  if (to < from) return;
  for (const name of TABLES) await multiplyRows(database, physical(name), { from, to, partial });
  for (const name of COUNTERS) await database.query(`UPDATE ${physical(name)} SET n = n * ${to + 1} / ${from}`);
}

/** Indexes are made afresh over all rows, which takes a fraction of the time. */
async function multiplyRows(
  database: pg.Client,
  table: string,
  { from, to, partial }: { from: number; to: number; partial: string },
): Promise<void> {
  const { rows: columns } = await database.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
      WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
  );
  const others = (column: string) =>
    `CASE WHEN n % 10 = 0 THEN ${column} ELSE ARRAY(SELECT person || '~' || n % 500 FROM unnest(${column}) person) END`;
  const values = columns.map(({ name: column, type }) => {
    if (column === 'review_id') return `review_id || '~' || n`;
    if (column === 'spoken') return others(column);
    if (column === 'excluded') return `array_append(${others(column)}, '${partial}')`;
    // What is due stays due: only the past is spread.
    const isPast = type === 'timestamp with time zone' && /submitted|since|ended|decided/.test(column);
    return isPast ? `${column} - (n % 525600) * interval '1 minute'` : `"${column}"`;
  });
  const { rows: indexes } = await database.query<{ drop: string; make: string }>(
    `SELECT CASE WHEN k.oid IS NULL THEN 'DROP INDEX ' || i.indexrelid::regclass
                 ELSE format('ALTER TABLE ${table} DROP CONSTRAINT %I', k.conname) END AS drop,
            CASE WHEN k.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                 ELSE format('ALTER TABLE ${table} ADD CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)) END AS make
       FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid WHERE i.indrelid = '${table}'::regclass`,
  );
  for (const { drop } of indexes) await database.query(drop);
  await database.query(
    `INSERT INTO ${table} SELECT ${values.join(', ')} FROM generate_series(${from}, ${to}) n, ${table}
      WHERE review_id NOT LIKE '%~%'`,
  );
  for (const { make } of indexes) await database.query(make);
  await database.query(`VACUUM (ANALYZE) ${table}`);
}
