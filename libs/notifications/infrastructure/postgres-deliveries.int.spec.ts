import { randomUUID } from 'node:crypto';
import { Database } from '#libs/postgres/infrastructure/database';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import type { NewDelivery } from '../application/deliveries.js';
import type { CallResult } from '../application/outbound.js';
import { receiverOf, type DueDelivery } from './channel.js';
import { LIST } from './delivery-list.js';
import { askedFor, NEXT, PostgresDeliveries, TAKE, type Asked } from './postgres-deliveries.js';

const LEASE = 60_000;
const delivered: CallResult = { outcome: 'delivered', status: 204 };
const failed: CallResult = { outcome: 'failed', error: 'status', status: 503, final: false };

describe('messages on their way out', () => {
  let database: TestDatabase;
  let deliveries: PostgresDeliveries;
  beforeAll(async () => {
    database = await testDatabase();
    deliveries = new PostgresDeliveries(new Database(database.pool));
  });
  afterAll(() => database.close());
  beforeEach(() => database.pool.query('TRUNCATE notifications.deliveries CASCADE'));

  const message = (target: string, more: Partial<NewDelivery> = {}): NewDelivery => ({
    id: randomUUID(),
    workspaceId: 'demo',
    channel: 'webhook',
    target,
    eventId: randomUUID(),
    eventType: 'ReviewApproved',
    payload: { type: 'ReviewApproved' },
    ...more,
  });
  const messages = (target: string, count: number) => Array.from({ length: count }, () => message(target));
  const of = (target: string) => ({ workspaceId: 'demo', channel: 'webhook', target }) as const;
  const end = (delivery: DueDelivery, result: CallResult, againInMs: number | null = null) =>
    deliveries.finish(delivery, { result, beganAt: new Date(), ms: 12.7, againInMs });
  const take = (more: Partial<Asked> = {}) =>
    deliveries.take({ limit: 32, perTarget: 4, perWorkspace: 16, leaseMs: LEASE, ...more });
  const overdue = () => database.pool.query(`UPDATE notifications.deliveries SET due_at = now() - interval '1 s'`);
  const stateOf = async ({ id, target }: { id: string; target: string }) => {
    const found = await deliveries.find(of(target), id);
    if (!found) throw new Error('it is gone');
    return found;
  };

  it('are queued once, whoever says so how often', async () => {
    const one = message('a');
    expect(await deliveries.queue([one, message('b')])).toBe(2);
    expect(await deliveries.queue([{ ...one, payload: { type: 'another' } }])).toBe(0);
    expect((await stateOf(one)).payload).toEqual({ type: 'ReviewApproved' });
  });

  it('are taken a few of each receiver, however many one of them has', async () => {
    await deliveries.queue(messages('busy', 500));
    await deliveries.queue(messages('calm', 1));
    await deliveries.queue(messages('down', 3));
    const taken = await take({ spared: ['webhook down'] });
    expect(Object.groupBy(taken, ({ target }) => target)).toMatchObject({
      busy: { length: 4 },
      calm: { length: 1 },
    });
    expect(taken).toHaveLength(5);
  });

  it('are taken of one workspace up to its share, and beyond when no other has anything due', async () => {
    const of = (workspaceId: string, targets: number) =>
      deliveries.queue(
        Array.from({ length: targets }, () => message(randomUUID(), { workspaceId, channel: 'callback' })),
      );
    await of('busy', 60);
    const shares = (taken: DueDelivery[]) =>
      ['busy', 'calm', 'late'].map((each) => taken.filter(({ workspaceId }) => workspaceId === each).length);
    expect(shares(await take({ limit: 8 }))).toEqual([8, 0, 0]);
    await of('calm', 3);
    expect(shares(await take({ atWork: new Map([['busy', 8]]) }))).toEqual([29, 3, 0]);
    await of('late', 2);
    expect(shares(await take({ limit: 2, atWork: new Map([['busy', 16]]) }))).toEqual([0, 0, 2]);
    expect(shares(await take({ atWork: new Map([['busy', 30]]) }))).toEqual([23, 0, 0]);
  });

  it('to one person by mail do not wait for those by chat, nor the other way round', async () => {
    await deliveries.queue([message('usr_ann', { channel: 'mail' }), message('usr_ann', { channel: 'chat' })]);
    expect(await take({ spared: ['mail usr_ann'] })).toMatchObject([{ channel: 'chat' }]);
    expect(await take({ underWay: new Map([['chat usr_ann', 4]]) })).toMatchObject([{ channel: 'mail' }]);
  });

  it('are found though a thousand others of one receiver are due before', async () => {
    const backlog = messages('backlog', 1100);
    await deliveries.queue(backlog);
    await overdue();
    await deliveries.queue([message('alone'), message('alone', { channel: 'callback' })]);
    const taken = await take({ spared: ['webhook backlog'] });
    expect(new Set(taken.map(receiverOf))).toEqual(new Set(['webhook alone', 'callback alone']));
  });

  it('are taken at a cost that those who wait for later add nothing to', async () => {
    const waitFor = (people: number) =>
      database.pool.query(
        `INSERT INTO notifications.deliveries (id, workspace_id, channel, target, event_id, event_type, payload, due_at)
         SELECT gen_random_uuid(), 'demo', 'mail', gen_random_uuid(), gen_random_uuid(), 'StepStarted', '{}',
                now() + interval '1 day' FROM generate_series(1, $1)`,
        [people],
      );
    /** Pages looked at to take the one message that is due. */
    const pages = async () => {
      await database.pool.query('VACUUM ANALYZE notifications.deliveries');
      await deliveries.queue([message('a')]);
      const values = askedFor({ limit: 32, perTarget: 4, perWorkspace: 16, leaseMs: 86_400_000 });
      const { rows } = await database.pool.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${TAKE}`, values);
      const { Plan: plan } = rows[0]['QUERY PLAN'][0];
      return Number(plan['Shared Hit Blocks']) + Number(plan['Shared Read Blocks']);
    };
    await waitFor(100);
    const few = await pages();
    await waitFor(4900);
    // The indexes are higher by a level.
    expect(await pages()).toBeLessThan(few + 30);
  });

  it('are never taken by two at once', async () => {
    for (let i = 0; i < 30; i++) await deliveries.queue(messages(`receiver-${i}`, 4));
    const taken = (await Promise.all(Array.from({ length: 6 }, () => take({ limit: 40 })))).flat();
    expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
    const rest = (await take({ limit: 200 })).length;
    expect(taken.length + rest).toBe(120);
  });

  it('come back when nothing is heard of them, and a late answer of the lost attempt changes nothing', async () => {
    await deliveries.queue(messages('a', 1));
    const [lost] = await take();
    expect(await take()).toEqual([]);
    await overdue();
    const [again] = await take();
    expect([again!.id, again!.attempt]).toEqual([lost!.id, 2]);
    await end(lost!, failed, null);
    expect(await stateOf(again!)).toMatchObject({ state: 'waiting', log: [] });
    await end(again!, delivered);
    expect(await stateOf(again!)).toMatchObject({ state: 'delivered', attempts: 2, lastStatus: 204, lastError: null });
    expect((await stateOf(again!)).log).toMatchObject([{ attempt: 2, outcome: 'delivered', milliseconds: 13 }]);
  });

  it('wait as long as they are told, and are dead when nothing more is tried', async () => {
    await deliveries.queue(messages('a', 1));
    const [first] = await take();
    await end(first!, failed, 3_600_000);
    expect(await take()).toEqual([]);
    expect(await deliveries.nextInMs()).toBeGreaterThan(3_000_000);
    await overdue();
    const [second] = await take();
    await end(second!, failed, null);
    expect(await stateOf(second!)).toMatchObject({ state: 'dead', nextAttemptAt: null, lastError: 'status' });
    expect(await deliveries.nextInMs()).toBeUndefined();
  });

  it('begin to count anew when somebody asks for a retry', async () => {
    await deliveries.queue(messages('a', 1));
    const [first] = await take();
    await end(first!, failed, null);
    expect(await deliveries.retry(of('somebody else'), first!.id)).toBe(false);
    expect(await deliveries.retry({ ...of('a'), workspaceId: 'other' }, first!.id)).toBe(false);
    expect(await deliveries.retry(of('a'), 'not an id')).toBe(false);
    expect(await deliveries.retry(of('a'), first!.id)).toBe(true);
    expect(await take()).toMatchObject([{ attempt: 2, tries: 1 }]);
  });

  it('do not count what was not tried because the receiver is down', async () => {
    await deliveries.queue(messages('a', 1));
    const [first] = await take();
    await end(first!, { outcome: 'postponed', forMs: 10_000 }, 10_000);
    expect(await stateOf(first!)).toMatchObject({ state: 'waiting', attempts: 0, log: [], lastError: null });
    await overdue();
    expect(await take()).toMatchObject([{ attempt: 1, tries: 1 }]);
  });

  it('are forgotten when they have been over for long, and not before', async () => {
    await deliveries.queue(messages('a', 3));
    const [old, young] = await take();
    await end(old!, delivered);
    await end(young!, failed, null);
    await database.pool.query(
      `UPDATE notifications.deliveries SET finished_at = now() - interval '31 days' WHERE id = $1`,
      [old!.id],
    );
    expect(await deliveries.prune(30)).toBe(1);
    expect((await deliveries.list({ ...of('a'), limit: 10 })).data.map(({ state }) => state).toSorted()).toEqual([
      'dead',
      'waiting',
    ]);
  });

  it('are collected into the digest that has not gone yet, each once', async () => {
    const slots = ['2026-11-23T08:00:00.000Z', '2026-11-24T08:00:00.000Z'];
    const digests = slots.map((dueAt) => ({ ...message('usr_ann', { channel: 'mail' }), dueAt }));
    const after = (instant: string) => digests.find(({ dueAt }) => dueAt > instant)!;
    const now = '2026-11-22T10:00:00.000Z';
    const item = (n: number) => ({ id: randomUUID(), payload: { n } });
    const [one, two, three] = [item(1), item(2), item(3)];
    expect(await deliveries.collect(one, after, now)).toBe(1);
    expect(await deliveries.collect(two, after, now)).toBe(1);
    expect(await deliveries.collect(one, after, now)).toBe(0);
    await overdue();
    const [sent] = await take();
    expect(await deliveries.collected(sent!.id, 10)).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await deliveries.collect(three, after, now)).toBe(1);
    expect(await deliveries.collect(two, after, now)).toBe(0);
    expect(await deliveries.collected(digests[1]!.id, 10)).toEqual([{ n: 3 }]);
  });

  it('are found without reading the whole table', async () => {
    await database.pool.query(
      `INSERT INTO notifications.deliveries
         (id, workspace_id, channel, target, event_id, event_type, payload, state, due_at, finished_at)
       SELECT gen_random_uuid(), 'demo', 'webhook', 'w' || (n % 50), gen_random_uuid(), 'ReviewApproved', '{}',
              CASE WHEN n % 10 = 0 THEN 'waiting' ELSE 'delivered' END, now(),
              CASE WHEN n % 10 = 0 THEN NULL ELSE now() END
         FROM generate_series(1, 20000) n`,
    );
    await database.pool.query('ANALYZE notifications.deliveries');
    const plan = async (sql: string, values: unknown[]) =>
      JSON.stringify((await database.pool.query(`EXPLAIN (FORMAT JSON) ${sql}`, values)).rows);
    const plans = await Promise.all([
      plan(TAKE, askedFor({ limit: 100, perTarget: 4, perWorkspace: 16, leaseMs: LEASE })),
      plan(NEXT, []),
      plan(LIST, ['w7', 'demo', 'webhook', null, null, 26]),
    ]);
    for (const each of plans) {
      expect(each).toContain('Index');
      expect(each).not.toMatch(/"Seq Scan"[^}]*"Relation Name":"deliveries"/);
    }
    // Five receivers have something that waits, and four of each are taken.
    expect(await take({ limit: 100 })).toHaveLength(20);
  });
});
