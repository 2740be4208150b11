import { randomUUID } from 'node:crypto';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { StillRunning } from './refuse-while-running.js';
import { switchEventStore } from './switch-event-store.js';

describe('a switch to another log', () => {
  let database: TestDatabase;
  beforeEach(async () => (database = await testDatabase()));
  afterEach(() => database.close());

  it('waits for replays, whose positions mean nothing there', async () => {
    await database.pool.query(
      `INSERT INTO notifications.replays (id, workspace_id, webhook_id, types, position, until)
       VALUES ($1, 'demo', 'webhook-a', '{ReviewApproved}', '4711', '4800')`,
      [randomUUID()],
    );
    const switched = () => switchEventStore(database.pool, 'eventstoredb');
    await expect(switched()).rejects.toThrow(StillRunning);
    await expect(switched()).rejects.toThrow('webhook-a');
    const kind = async () =>
      (await database.pool.query(`SELECT value FROM public.installation WHERE name = 'event-store'`)).rows;
    expect(await kind()).toEqual([]);
    await database.pool.query('UPDATE notifications.replays SET done_at = now()');
    await switched();
    expect(await kind()).toEqual([{ value: { kind: 'eventstoredb' } }]);
  });
});
