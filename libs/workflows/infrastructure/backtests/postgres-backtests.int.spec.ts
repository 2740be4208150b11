import { randomUUID } from 'node:crypto';
import { Database } from '#libs/postgres/infrastructure/database';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { PostgresBacktests } from './postgres-backtests.js';

describe('A backtest that waits for its turn', () => {
  let testing: TestDatabase;
  let database: Database;
  let records: PostgresBacktests;

  beforeAll(async () => {
    testing = await testDatabase();
    database = new Database(testing.pool);
    records = new PostgresBacktests(database);
  });
  afterAll(() => testing.close());

  const begin = async () => {
    const backtestId = randomUUID();
    const asked = { rulesetId: 'rs', key: 'loan-auto', version: 1, contentHash: 'h' };
    await records.begin({ backtestId, workspaceId: 'demo', asked, startedBy: 'ada' });
    await testing.pool.query(
      `UPDATE rules.backtests SET beat_at = now() - interval '3 minutes' WHERE backtest_id = $1`,
      [backtestId],
    );
    return backtestId;
  };
  const statusOf = async (backtestId: string) => (await records.find('demo', backtestId))?.status;

  it('is taken for gone when its process is silent, and for running as long as that says so', async () => {
    const [silent, alive] = [await begin(), await begin()];
    await records.beat([alive]);
    expect([await statusOf(silent), await statusOf(alive)]).toEqual(['failed', 'running']);
  });

  it('is not begun again by a process that is late with its word', async () => {
    const over = await begin();
    await records.fail(over, 'It ended early.');
    await records.beat([over]);
    expect(await statusOf(over)).toBe('failed');
  });
});
