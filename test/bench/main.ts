import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { EmbeddedPostgres } from '#libs/postgres/infrastructure/embedded/embedded-postgres';
import { migrate } from '#libs/postgres/infrastructure/migrations';
import { appendResults } from './append.js';
import { backtestResults } from './backtest.js';
import { calendarResults } from './calendars.js';
import { contentionResults } from './contention.js';
import { commandResults, readYourWritesResults } from './http.js';
import { inboxResults } from './inbox.js';
import { machine } from './measure.js';
import { projectionResults } from './projections.js';
import { isMet, line, type Result } from './result.js';
import { benchPool } from './pool.js';

/*
 * `npm run bench [groups]`: every performance goal as a ratio inside one run; BENCH_EVENTS makes the log of P6 shorter
 * than a million events. Exit code 1 when a goal is missed, so that
 * nobody overlooks it; figures of a run go to docs/performance.md with the machine.
 */
const groups: Record<string, (url: string) => Promise<Result[]>> = {
  append: appendResults,
  contention: contentionResults,
  commands: commandResults,
  reads: readYourWritesResults,
  projections: projectionResults,
  backtest: backtestResults,
  calendars: calendarResults,
  inbox: inboxResults,
};

const wanted = process.argv.slice(2);
const results: Result[] = [];
console.log(`# ${new Date().toISOString()}  ${machine()}`);
// Durable, with every default of an installation: a flush to disk is what an append costs.
const dataDir = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
const server = await EmbeddedPostgres.start({ dataDir, holder: 'bench' });
try {
  for (const [name, run] of Object.entries(groups)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const result of await run(await freshDatabase(name))) {
      results.push(result);
      console.log(line(result));
    }
  }
} finally {
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function freshDatabase(name: string): Promise<string> {
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query(`CREATE DATABASE bench_${name}`);
  await admin.end();
  const url = Object.assign(new URL(server.url), { pathname: `/bench_${name}` }).href;
  const pool = benchPool(url, 1);
  await migrate(pool, resolve('migrations'));
  await pool.end();
  return url;
}

if (process.env['BENCH_JSON']) writeFileSync(process.env['BENCH_JSON'], JSON.stringify(results, null, 2));
process.exit(results.every(isMet) ? 0 : 1);
