import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { Database } from '#libs/postgres/infrastructure/database';
import type { EventStore, Position } from '#libs/event-store/application/event-store';
import { newEvent } from '#libs/testing/events';
import { receiver } from '#libs/testing/receivers';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import type { CallResult } from '../application/outbound.js';
import { Receivers } from '../application/receivers.js';
import type { ChannelName } from '../application/deliveries.js';
import type { Channel, DueDelivery } from './channel.js';
import { DeliveryWorker } from './delivery-worker.js';
import { defaultDelivery } from './delivery-options.js';
import { OutboundHttp } from './outbound/outbound-http.js';
import { defaultPolicy } from './outbound/outbound-policy.js';
import { PostgresDeliveries } from './postgres-deliveries.js';
import { PostgresReplays } from './postgres-replays.js';

describe('the worker of deliveries', () => {
  let database: TestDatabase;
  let deliveries: PostgresDeliveries;
  let replays: PostgresReplays;
  const store = new InMemoryEventStore();
  const gone = new Set<string>();
  const receivers = new Receivers();
  receivers.add({
    channel: 'webhook',
    receiverOf: async (_, webhookId) => (gone.has(webhookId) ? undefined : { url: '', secrets: [] }),
  });
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(async () => {
    database = await testDatabase();
    const pool = new Database(database.pool);
    deliveries = new PostgresDeliveries(pool);
    replays = new PostgresReplays(pool, store, deliveries, receivers);
  });
  afterEach(() => database.close());

  const message = (target: string, channel: ChannelName = 'webhook', workspaceId = 'demo') => ({
    id: randomUUID(),
    workspaceId,
    channel,
    target,
    eventId: randomUUID(),
    eventType: 'ReviewApproved',
    payload: {},
  });
  const rows = async (query: string, values: unknown[] = []) => (await database.pool.query(query, values)).rows;
  const until = async (condition: () => Promise<boolean>) => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it('makes no more calls to one receiver at once than it may, however they come', async () => {
    const doors: (() => void)[] = [];
    let now = 0;
    let most = 0;
    const slow = {
      names: ['webhook'] as const,
      send: async (): Promise<CallResult> => {
        most = Math.max(most, ++now);
        await new Promise<void>((resolve) => doors.push(resolve));
        now -= 1;
        return { outcome: 'delivered', status: 204 };
      },
    };
    const worker = new DeliveryWorker(deliveries, replays, [slow], { ...defaultDelivery, pollMs: 50 });
    await deliveries.queue([message('a'), message('a'), message('a')]);
    worker.start();
    await until(async () => now === 3);
    await deliveries.queue([...Array.from({ length: 6 }, () => message('a')), message('b')]);
    await until(async () => now === 5);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(most).toBe(5); // four of one, one of the other
    await until(async () => {
      for (const open of doors.splice(0)) open();
      return (await rows(`SELECT 1 FROM notifications.deliveries WHERE state = 'waiting'`)).length === 0;
    });
    await worker.stop();
    expect(most).toBeLessThanOrEqual(5);
  });

  it('keeps chat to somebody going while mail is down, and asks for the mail no more than it must', async () => {
    const chats: string[] = [];
    let mails = 0;
    const down: Channel = {
      names: ['mail'],
      send: async () => {
        mails += 1;
        return { outcome: 'postponed', forMs: 60_000 };
      },
    };
    const chat: Channel = {
      names: ['chat'],
      send: async ({ target }) => {
        chats.push(target);
        return { outcome: 'delivered', status: 200 };
      },
    };
    const worker = new DeliveryWorker(deliveries, replays, [down, chat], { ...defaultDelivery, pollMs: 50 });
    await deliveries.queue([message('ann', 'mail')]);
    worker.start();
    await until(async () => mails === 1);
    await deliveries.queue([message('ann', 'mail'), message('ann', 'chat')]);
    await until(async () => chats.length === 1);
    await worker.stop();
    expect([chats, mails]).toEqual([['ann'], 1]);
  });

  it('calls others while a slow origin has many receivers that wait, and counts no attempt of these', async () => {
    const [slow, quick] = [await receiver(), await receiver()];
    const answers: (() => void)[] = [];
    slow.answers((_, response) => void answers.push(() => response.writeHead(204).end()));
    const http = new OutboundHttp({ ...defaultPolicy, allowLoopback: true, plainHttp: true });
    const channel: Channel = {
      names: ['callback', 'webhook'],
      send: (delivery) =>
        http.post({ url: delivery.channel === 'callback' ? slow.url : quick.url, headers: {}, body: '{}' }),
    };
    await deliveries.queue(Array.from({ length: 160 }, () => message(randomUUID(), 'callback')));
    await deliveries.queue([message('alone')]);
    const worker = new DeliveryWorker(deliveries, replays, [channel], { ...defaultDelivery, pollMs: 50 });
    worker.start();
    await until(async () => quick.received.length === 1 && slow.received.length >= 4);
    expect(slow.received).toHaveLength(4);
    slow.answers((_, response) => response.writeHead(204).end());
    for (const answer of answers) answer();
    await until(async () => (await rows(`SELECT FROM notifications.deliveries WHERE state = 'waiting'`)).length === 0);
    await worker.stop();
    expect(await rows('SELECT DISTINCT attempts, state FROM notifications.deliveries')).toEqual([
      { attempts: 1, state: 'delivered' },
    ]);
    await Promise.all([slow.close(), quick.close()]);
  });

  it('gives calls that end to another workspace when one has more than its share', async () => {
    const doors: { workspaceId: string; open: () => void }[] = [];
    const slow: Channel = {
      names: ['callback'],
      send: async ({ workspaceId }) => {
        await new Promise<void>((open) => doors.push({ workspaceId, open }));
        return { outcome: 'delivered', status: 200 };
      },
    };
    const options = { ...defaultDelivery, concurrency: 8, perWorkspace: 4, pollMs: 50 };
    const worker = new DeliveryWorker(deliveries, replays, [slow], options);
    await deliveries.queue(Array.from({ length: 20 }, () => message(randomUUID(), 'callback', 'busy')));
    worker.start();
    await until(async () => doors.length === 8);
    await deliveries.queue(Array.from({ length: 4 }, () => message(randomUUID(), 'callback', 'calm')));
    for (let ended = 0; ended < 4; ended++) {
      doors.shift()!.open();
      await until(async () => doors.length === 8);
    }
    expect(Object.groupBy(doors, ({ workspaceId }) => workspaceId)).toMatchObject({
      busy: { length: 4 },
      calm: { length: 4 },
    });
    const stopped = worker.stop();
    for (const { open } of doors) open();
    await stopped;
  });

  it('counts an attempt that could not even be made, and gives up in the end', async () => {
    let calls = 0;
    const broken = {
      names: ['webhook'] as const,
      send: (): Promise<CallResult> => {
        calls += 1;
        return Promise.reject(new Error('the key is lost'));
      },
    };
    const worker = new DeliveryWorker(deliveries, replays, [broken], { ...defaultDelivery, maxTries: 2, pollMs: 50 });
    const { id } = message('a');
    await deliveries.queue([{ ...message('a'), id }]);
    worker.start();
    await until(async () => (await rows('SELECT 1 FROM notifications.attempts')).length === 1);
    expect(await rows('SELECT state, tries, last_error FROM notifications.deliveries')).toEqual([
      { state: 'waiting', tries: 1, last_error: 'unreadable' },
    ]);
    await rows('UPDATE notifications.deliveries SET due_at = now()');
    await until(async () => (await rows(`SELECT 1 FROM notifications.deliveries WHERE state = 'dead'`)).length === 1);
    await worker.stop();
    expect(calls).toBe(2);
  });

  it('lets a replay wait while its receiver has enough to do, and others go on', async () => {
    for (let i = 0; i < 3; i++)
      await store.append([
        { streamId: `review-${i}`, expected: 'none', events: [newEvent({ type: 'ReviewApproved' })] },
      ]);
    const replay = { workspaceId: 'demo', types: ['ReviewApproved'], after: store.start, until: await store.head() };
    for (const webhookId of ['down', 'up']) await replays.begin({ ...replay, id: randomUUID(), webhookId });
    await rows(
      `INSERT INTO notifications.deliveries (id, workspace_id, channel, target, event_id, event_type, payload, due_at)
       SELECT gen_random_uuid(), 'demo', 'webhook', 'down', gen_random_uuid(), 'ReviewApproved', '{}', now()
         FROM generate_series(1, 2000)`,
    );
    const waiting = async (target: string) =>
      Number((await rows('SELECT count(*) AS n FROM notifications.deliveries WHERE target = $1', [target]))[0].n);
    while (await replays.step());
    expect([await waiting('up'), await waiting('down')]).toEqual([3, 2000]);
    await rows(`DELETE FROM notifications.deliveries WHERE target = 'down'`);
    while (await replays.step());
    expect(await waiting('down')).toBe(3);
    expect(await rows('SELECT 1 FROM notifications.replays WHERE done_at IS NULL')).toEqual([]);
  });

  describe('beside a replay', () => {
    const up = (sent: string[]) => ({
      names: ['webhook'] as const,
      send: async ({ target }: DueDelivery): Promise<CallResult> => {
        sent.push(target);
        return { outcome: 'delivered', status: 204 };
      },
    });
    /** A log that reads on from a place of its own, and answers what was asked for from another as it is told. */
    const reading = (otherwise: () => Promise<never>) => {
      const readAll: EventStore['readAll'] = (options) =>
        options.after === '4711' ? otherwise() : store.readAll(options);
      return new PostgresReplays(
        new Database(database.pool),
        Object.assign(Object.create(store) as EventStore, { readAll }),
        deliveries,
        receivers,
      );
    };
    const begin = (webhookId: string, after: Position | 'start') =>
      replays.begin({ id: randomUUID(), workspaceId: 'demo', webhookId, types: ['ReviewApproved'], after, until: '9' });

    it.each([
      ['cannot be read', () => Promise.reject(new TypeError('Not a position'))],
      ['is not answered', (answered: Promise<never>) => answered],
    ])('that %s, everything that is due goes out', async (_, otherwise) => {
      const sent: string[] = [];
      let answer = () => {};
      const answered = new Promise<never>((_resolve, reject) => (answer = () => reject(new Error('gone'))));
      answered.catch(() => undefined);
      replays = reading(() => otherwise(answered));
      await begin('unreadable', '4711' as Position);
      const worker = new DeliveryWorker(deliveries, replays, [up(sent)], { ...defaultDelivery, pollMs: 50 });
      worker.start();
      for (const target of ['one', 'another']) {
        await deliveries.queue([message(target)]);
        await until(async () => sent.includes(target));
      }
      answer();
      await worker.stop();
    });

    it('that cannot be read, others go on, and so does it when it can', async () => {
      const after = store.start;
      await store.append([
        { streamId: `review-${randomUUID()}`, expected: 'none', events: [newEvent({ type: 'ReviewApproved' })] },
      ]);
      let isBroken = true;
      const page = () => store.readAll({ after, limit: 100, types: ['ReviewApproved'] });
      replays = reading(() =>
        isBroken ? Promise.reject(new TypeError('Not a position')) : (page() as Promise<never>),
      );
      await begin('unreadable', '4711' as Position);
      await begin('readable', after);
      const queuedFor = async (target: string) =>
        (await rows('SELECT 1 FROM notifications.deliveries WHERE target = $1', [target])).length;
      expect(await replays.step()).toBe(true);
      while (await replays.step());
      expect(await queuedFor('readable')).toBeGreaterThan(0);
      expect(await queuedFor('unreadable')).toBe(0);
      isBroken = false;
      await until(async () => (await replays.step()) && (await queuedFor('unreadable')) > 0);
    });

    it('whose webhook is deactivated, nothing is read any more', async () => {
      replays = reading(() => Promise.reject(new TypeError('Not a position')));
      await begin('deactivated', '4711' as Position);
      gone.add('deactivated');
      while (await replays.step());
      expect(await rows('SELECT done_at IS NOT NULL AS done FROM notifications.replays')).toEqual([{ done: true }]);
    });
  });
});
