import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { PostgresSubjectKeys } from '#libs/event-store/infrastructure/postgres-subject-keys';
import { allEvents } from '#libs/composition/rooms';
import { Database } from '#libs/postgres/infrastructure/database';
import { Backtests } from '#libs/workflows/application/backtests/backtests';
import { RulesetQueries } from '#libs/workflows/application/rulesets/ruleset-queries';
import { RulesetStreams } from '#libs/workflows/application/rulesets/ruleset-streams';
import { StreamedCatalogue } from '#libs/workflows/application/streamed-catalogue';
import { WorkflowKeys } from '#libs/workflows/application/workflow-keys';
import { WorkflowStreams } from '#libs/workflows/application/workflow-streams';
import { normaliseRuleset } from '#libs/workflows/domain/rulesets/normalise-ruleset';
import { PostgresBacktests } from '#libs/workflows/infrastructure/backtests/postgres-backtests';
import { lengthenLog } from './histories.js';
import type { Result } from './result.js';

const DECISIONS = Number(process.env['BENCH_DECISIONS'] ?? 100_000);
const STRETCH = 50_000;
const MEBIBYTE = 2 ** 20;

/** Rows, trees and CEL, as a policy would have them: each content is asked all of it. */
const ruleset = normaliseRuleset({
  key: 'bench',
  match: 'first',
  rules: [
    { name: 'foreign', when: { not: { in: ['currency', ['USD', 'EUR', 'CHF']] } }, outcome: 'review' },
    { name: 'lorries', when: { cel: 'purpose.startsWith("A lorry") && size(notes) > 10' }, outcome: 'reject' },
    {
      name: 'reduced',
      when: { and: [{ lt: ['amountMinor', '4400000.50'] }, { exists: 'notes' }] },
      outcome: 'approve',
    },
    { name: 'large', when: { cel: 'decimal(amountMinor) >= decimal("4400000.50")' }, outcome: 'reject' },
  ],
});

/** A backtest over the real log, with cold keys, its flips written to their table. */
export async function backtestResults(url: string): Promise<Result[]> {
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  const keyEncryptionKey = randomBytes(32);
  const newCodec = () => new Codec(new EventRegistry(allEvents), new PostgresSubjectKeys(pool, keyEncryptionKey));
  const store = new PostgresEventStore({ connectionString: url });
  const database = Database.connect({ connectionString: url });
  try {
    const writing = newCodec();
    while ((await decisionsIn(pool)) < DECISIONS) await lengthenLog(pool, writing, STRETCH);

    const codec = newCodec();
    const records = new PostgresBacktests(database);
    const workflows = new WorkflowStreams(store, codec);
    const catalogue = new StreamedCatalogue(workflows, new WorkflowKeys(workflows, store, codec));
    const backtests = new Backtests(
      store,
      codec,
      new RulesetQueries(new RulesetStreams(store, codec)),
      catalogue,
      records,
    );
    const backtestId = randomUUID();
    const asked = { rulesetId: randomUUID(), key: ruleset.key, version: null, contentHash: '' };
    await records.begin({ backtestId, workspaceId: 'demo', asked, startedBy: 'bench' });

    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    let first = 1;
    const cpu = process.cpuUsage();
    const start = performance.now();
    const result = await backtests.over('demo', ruleset, {}, async (flips, fraction, decisions) => {
      await records.advance(backtestId, { fraction, decisions, first, flips });
      first += flips.length;
      peak = Math.max(peak, process.memoryUsage().rss);
    });
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const figures = {
      decisions: result.decisions,
      flips: result.flips,
      seconds,
      'CPU s': (user + system) / 1e6,
      'decisions/s': result.decisions / seconds,
    };
    return [
      {
        id: 'B1',
        what: `backtest of a ruleset over 100,000 past decisions${DECISIONS < 100_000 ? ', scaled up' : ''}`,
        value: (seconds * 100_000) / result.decisions,
        unit: 's',
        goal: { atMost: 30 },
        figures,
      },
      {
        id: 'B2',
        what: 'memory the backtest grew by, MiB',
        value: (peak - before) / MEBIBYTE,
        unit: 'count',
        goal: { atMost: 256 },
        figures: { 'MiB before': before / MEBIBYTE, 'MiB at most': peak / MEBIBYTE },
      },
    ];
  } finally {
    await store.close();
    await database.close();
    await pool.end();
  }
}

async function decisionsIn(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ n: string }>(
    `SELECT count(*) AS n FROM es.events WHERE type IN ('ReviewApproved', 'ReviewRejected')`,
  );
  return Number(rows[0]!.n);
}
