import { randomUUID } from 'node:crypto';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { EventStoreDbServer, type ServerOptions } from '#libs/testing/eventstoredb-server/server';
import type { Expected, NewEvent, Page, StreamWrite } from '../../application/event-store.js';
import { storedJson } from '../../application/stored-json.js';
import { EventStoreUnavailable } from '../../application/errors.js';
import { connectEventStoreDb, type EventStoreDbOptions } from './connect-eventstoredb.js';
import type { EventStoreDbStore } from './eventstoredb-store.js';
import type { Settings, Trouble } from './settings.js';

const QUICK: Partial<Settings> = {
  appendMs: 300,
  resendPauseMs: 20,
  readIdleMs: 300,
  confirmMs: 300,
  reconnectMs: { first: 20, longest: 200 },
};

const newEvent = (type = 'Noted', more: Partial<NewEvent> = {}): NewEvent => ({
  id: randomUUID(),
  type,
  schemaVersion: 1,
  data: { text: 'Grüße, 世界 \u0000', n: 1, nested: { list: [1, 2, { deep: null }] } },
  metadata: {
    $correlationId: 'correlation',
    $causationId: 'causation',
    commandId: randomUUID(),
    commandType: 'Note',
    commandHash: 'ab'.repeat(32),
    actor: { id: 'ann', kind: 'user', roles: ['officer'] },
    workspaceId: 'workspace',
    recordedAt: '2026-11-02T09:00:00.000Z',
  },
  ...more,
});
const write = (streamId: string, expected: Expected, ...events: NewEvent[]): [StreamWrite] => [
  { streamId, expected, events },
];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (holds: () => boolean) => {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > 10_000) throw new Error('It did not come about within 10 s.');
    await pause(5);
  }
};

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function serve(options: ServerOptions = {}): Promise<EventStoreDbServer> {
  const server = await EventStoreDbServer.start(options);
  cleanups.push(() => server.stop());
  return server;
}

function connect(server: EventStoreDbServer, options: Partial<EventStoreDbOptions> = {}) {
  const troubles: Trouble[] = [];
  const settings = { ...QUICK, ...options.settings };
  const onTrouble = (trouble: Trouble) => void troubles.push(trouble);
  const store = connectEventStoreDb({ url: server.url, ...options, settings, onTrouble });
  cleanups.push(() => store.close());
  return { store, troubles };
}

/** Follows the log until stopped; what came is in `pages`. */
function follow(store: EventStoreDbStore, options: { after?: Page['next'] | 'start'; types?: string[] } = {}) {
  const stop = new AbortController();
  const pages: Page[] = [];
  const over = (async () => {
    for await (const page of store.subscribe({ after: 'start', ...options, signal: stop.signal })) pages.push(page);
  })();
  cleanups.push(() => {
    stop.abort();
    return over;
  });
  const ids = () => pages.flatMap(({ events }) => events.map(({ id }) => id));
  return { pages, ids, stop, over };
}

/** A raw client beside the store: other programs that use the same server. */
async function stranger(server: EventStoreDbServer, streamId: string, type = 'Foreign'): Promise<void> {
  const client = EventStoreDBClient.connectionString(server.url);
  await client.appendToStream(streamId, jsonEvent({ type, data: { of: 'others' } }));
  await client.dispose();
  (await client['getChannel']()).close();
}

describe('an append', () => {
  it('takes the plain call, never the batch', async () => {
    const server = await serve();
    const { store } = connect(server);
    await store.append(write('review-1', 'none', newEvent()));
    expect(server.received).toMatchObject({ append: 1, batchAppend: 0 });
  });

  it('comes back exactly as it went in', async () => {
    const server = await serve();
    const { store } = connect(server);
    const event = newEvent('Noted', { schemaVersion: 3 });
    const result = await store.append(write('review-ü-世界', 'none', event));
    const { events, revision } = await store.readStream('review-ü-世界');
    expect(result).toEqual({
      status: 'ok',
      position: events[0]!.position,
      revisions: new Map([['review-ü-世界', 0n]]),
    });
    expect(revision).toBe(0n);
    expect(events).toEqual([{ ...event, streamId: 'review-ü-世界', revision: 0n, position: events[0]!.position }]);
    // the data on the server is the event's data and nothing else, as the same text that every store keeps
    expect(Buffer.from(server.log.all[0]!.data).toString()).toBe(storedJson(event.data));
    expect((await store.readAll({ after: 'start', limit: 10 })).events).toEqual(events);
  });

  it.each(['unavailable', 'unknown', 'cancelled', 'deadline', 'timeout', 'silence'] as const)(
    'whose answer got lost after the commit (%s) is acknowledged once',
    async (loss) => {
      const server = await serve();
      const { store, troubles } = connect(server);
      await store.append(write('review-1', 'none', newEvent()));
      server.faults.loseAnswers(1, loss);
      const [second, third] = [newEvent(), newEvent()];
      const result = await store.append(write('review-1', 0n, second, third));
      expect(result).toMatchObject({ status: 'ok', revisions: new Map([['review-1', 2n]]) });
      expect(troubles.filter(({ what }) => what === 'append-sent-again')).toHaveLength(1);
      const { events } = await store.readStream('review-1');
      expect(events.slice(1).map(({ id }) => id)).toEqual([second.id, third.id]);
      expect(events.at(-1)!.position).toBe((result as { position: string }).position);
    },
  );

  it('is sent at most four times, then says that the log is unavailable', async () => {
    const server = await serve();
    const { store } = connect(server);
    await store.append(write('review-1', 'none', newEvent()));
    const { append } = server.received;
    server.faults.failAppends(100);
    await expect(store.append(write('review-1', 0n, newEvent()))).rejects.toBeInstanceOf(EventStoreUnavailable);
    expect(server.received.append - append).toBe(4);
  });

  it('that fails before the commit is made good by sending it again', async () => {
    const server = await serve();
    const { store } = connect(server);
    server.faults.failAppends(2, 'unknown');
    const event = newEvent();
    expect(await store.append(write('review-1', 'none', event))).toMatchObject({ status: 'ok' });
    expect((await store.readStream('review-1')).events.map(({ id }) => id)).toEqual([event.id]);
  });

  it('with any or exists is never sent again: nothing would tell the first from the second', async () => {
    const server = await serve();
    const { store } = connect(server);
    await store.append(write('review-1', 'any', newEvent()));
    for (const expected of ['any', 'exists'] as const) {
      const { append } = server.received;
      server.faults.loseAnswers(1);
      await expect(store.append(write('review-1', expected, newEvent()))).rejects.toBeInstanceOf(EventStoreUnavailable);
      expect(server.received.append - append).toBe(1);
    }
    expect((await store.readStream('review-1')).revision).toBe(2n);
  });

  it('goes to the leader when this server is not it', async () => {
    const [follower, leader] = [await serve(), await serve()];
    const { store } = connect(follower);
    follower.faults.leader = { host: '127.0.0.1', port: leader.port };
    expect(await store.append(write('review-1', 'none', newEvent()))).toMatchObject({ status: 'ok' });
    expect(leader.log.lastRevision('review-1')).toBe(0);
    expect(follower.log.lastRevision('review-1')).toBe(-1);
    expect((await store.readStream('review-1')).revision).toBe(0n);
  });

  it('of the same events again is a duplicate with the original outcome, also for a new process and a stream that moved on', async () => {
    const server = await serve();
    const { store } = connect(server);
    const events = [newEvent(), newEvent()];
    const first = await store.append(write('review-1', 'none', ...events));
    await store.append(write('review-1', 1n, newEvent()));
    expect(await store.append(write('review-1', 'none', ...events))).toEqual({ ...first, status: 'duplicate' });
    const { store: later } = connect(server);
    expect(await later.append(write('review-1', 'none', ...events))).toEqual({ ...first, status: 'duplicate' });
    // decided again at another revision: the server says no, the tail says that it is there
    expect(await later.append(write('review-1', 5n, ...events))).toEqual({ ...first, status: 'duplicate' });
    const again = newEvent();
    const second = await store.append(write('review-1', 2n, again));
    expect(await later.append(write('review-1', 0n, again))).toEqual({ ...second, status: 'duplicate' });
  });

  it('at another revision, or sharing only some events, is a conflict that tells where the stream is', async () => {
    const { store } = connect(await serve());
    const [one, two] = [newEvent(), newEvent()];
    await store.append(write('review-1', 'none', one, two));
    const conflict = { status: 'conflict', actual: new Map([['review-1', 1n]]) };
    expect(await store.append(write('review-1', 'none', newEvent()))).toEqual(conflict);
    expect(await store.append(write('review-1', 0n, newEvent()))).toEqual(conflict);
    expect(await store.append(write('review-1', 'none', one, newEvent()))).toEqual(conflict);
    expect(await store.append(write('review-2', 0n, newEvent()))).toEqual({
      status: 'conflict',
      actual: new Map([['review-2', -1n]]),
    });
  });

  it('that lost the race while its answer was lost is a conflict, not a success', async () => {
    const server = await serve();
    const { store } = connect(server);
    const { store: rival } = connect(server);
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.failAppends(1);
    const appending = store.append(write('review-1', 0n, newEvent()));
    await until(() => server.received.append === 2);
    await rival.append(write('review-1', 0n, newEvent()));
    expect(await appending).toEqual({ status: 'conflict', actual: new Map([['review-1', 1n]]) });
  });

  it('to two streams, or one that only checks, is refused before anything is written', async () => {
    const server = await serve();
    const { store } = connect(server);
    const [first] = write('review-1', 'none', newEvent());
    await expect(store.append([first, ...write('review-2', 'none', newEvent())])).rejects.toThrow(
      'one stream at a time',
    );
    await expect(store.append(write('review-1', 0n))).rejects.toThrow('without writing');
    expect(server.received.append).toBe(0);
  });

  it('of more than 1 MiB is refused before it is sent; just below it goes', async () => {
    const server = await serve();
    const { store } = connect(server);
    const big = (bytes: number) => newEvent('Noted', { data: { text: 'x'.repeat(bytes) } });
    const tooLarge = store.append(write('review-1', 'none', big(600_000), big(600_000)));
    await expect(tooLarge).rejects.toMatchObject({ code: 'append-too-large', kind: 'too-large' });
    expect(server.received.append).toBe(0);
    expect(await store.append(write('review-1', 'none', big(1_000_000)))).toMatchObject({ status: 'ok' });
  });

  it('that the client could not serialise is refused and does not hang', async () => {
    const server = await serve();
    const { store } = connect(server);
    const bigint = newEvent('Noted', { data: { n: 1n } as never });
    await expect(store.append(write('review-1', 'none', bigint))).rejects.toThrow('bigint is not JSON');
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    await expect(store.append(write('review-1', 'none', newEvent('Noted', { data: cycle as never })))).rejects.toThrow(
      'levels',
    );
    expect(server.received.append).toBe(0);
  });

  it('to a silent server ends by the deadline, and what it did not know it finds out later', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { appendMs: 150, resends: 1, faultsBeforeRebuild: 100 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.silent(true);
    const event = newEvent();
    const began = Date.now();
    await expect(store.append(write('review-1', 0n, event))).rejects.toBeInstanceOf(EventStoreUnavailable);
    expect(Date.now() - began).toBeLessThan(1_000);
    server.faults.silent(false); // what was held back is committed now, too late for its answer
    expect(await store.append(write('review-1', 0n, event))).toMatchObject({ revisions: new Map([['review-1', 1n]]) });
    expect((await store.readStream('review-1')).events).toHaveLength(2);
  });

  it('by 64 writers at once on one revision has one winner', async () => {
    const { store } = connect(await serve());
    await store.append(write('review-1', 'none', newEvent()));
    const results = await Promise.all(
      Array.from({ length: 64 }, () => store.append(write('review-1', 0n, newEvent()))),
    );
    expect(results.filter(({ status }) => status === 'ok')).toHaveLength(1);
    expect(results.filter(({ status }) => status === 'conflict')).toHaveLength(63);
  });

  it('survives a restart of the server in the middle', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { resendPauseMs: 100 } });
    await store.append(write('review-1', 'none', newEvent()));
    const restarted = server.restart(150);
    expect(await store.append(write('review-1', 0n, newEvent()))).toMatchObject({ status: 'ok' });
    await restarted;
    expect((await store.readStream('review-1')).revision).toBe(1n);
  });
});

describe('a read', () => {
  it('of a stream goes from any revision in both directions and knows where the stream ends', async () => {
    const { store } = connect(await serve());
    expect(await store.readStream('review-1')).toEqual({ events: [], revision: -1n });
    await store.append(write('review-1', 'none', newEvent(), newEvent(), newEvent(), newEvent()));
    const read = async (range: Parameters<typeof store.readStream>[1]) => {
      const { events, revision } = await store.readStream('review-1', range);
      expect(revision).toBe(3n);
      return events.map((event) => event.revision);
    };
    expect(await read({})).toEqual([0n, 1n, 2n, 3n]);
    expect(await read({ from: 2n })).toEqual([2n, 3n]);
    expect(await read({ from: 1n, max: 2 })).toEqual([1n, 2n]);
    expect(await read({ from: 9n })).toEqual([]);
    expect(await read({ max: 0 })).toEqual([]);
    expect(await read({ backwards: true })).toEqual([3n, 2n, 1n, 0n]);
    expect(await read({ backwards: true, max: 1 })).toEqual([3n]);
    expect(await read({ backwards: true, from: 1n })).toEqual([1n, 0n]);
  });

  it('of all goes page by page, after each position, over events of others and of the system', async () => {
    const server = await serve();
    const { store } = connect(server);
    const ids: string[] = [];
    for (let index = 0; index < 30; index += 1) {
      const event = newEvent(index % 3 === 0 ? 'Third' : 'Noted');
      ids.push(event.id);
      await store.append(write(`review-${index % 7}`, 'any', event));
      await stranger(server, index % 2 === 0 ? '$system-stream' : 'strange-1');
    }
    for (const limit of [1, 2, 7, 30, 100]) {
      const seen: string[] = [];
      let after: Page['next'] | 'start' = 'start';
      for (let atHead = false; !atHead;) {
        const page: Page = await store.readAll({ after, limit });
        expect(page.events.length).toBeLessThanOrEqual(limit);
        seen.push(...page.events.map(({ id }) => id));
        if (after !== 'start') expect(store.compare(page.next, after)).toBeGreaterThanOrEqual(0);
        after = page.next;
        atHead = page.atHead;
      }
      expect(seen).toEqual(ids);
    }
    const thirds = await store.readAll({ after: 'start', limit: 4, types: ['Third'] });
    expect(thirds.events.map(({ id }) => id)).toEqual([ids[0], ids[3], ids[6], ids[9]]);
    expect(thirds.atHead).toBe(false);
    const rest = await store.readAll({ after: thirds.next, limit: 100, types: ['Third'] });
    expect(rest.events).toHaveLength(6);
    expect(rest.atHead).toBe(true);
  });

  it('of an empty log is at the head', async () => {
    const { store } = connect(await serve());
    expect(await store.readAll({ after: 'start', limit: 5 })).toEqual({ events: [], next: store.start, atHead: true });
    expect(await store.head()).toBe(store.start);
  });

  it('finds the head behind events of others', async () => {
    const server = await serve();
    const { store } = connect(server);
    const result = await store.append(write('review-1', 'none', newEvent()));
    for (let index = 0; index < 3; index += 1) await stranger(server, '$stats');
    expect(await store.head()).toBe((result as { position: string }).position);
  });

  it('keeps to its categories when told some', async () => {
    const server = await serve();
    const { store } = connect(server, { categories: ['review'] });
    await store.append(write('workflow-1', 'none', newEvent()));
    const wanted = newEvent();
    await store.append(write('review-1', 'none', wanted));
    expect((await store.readAll({ after: 'start', limit: 9 })).events.map(({ id }) => id)).toEqual([wanted.id]);
    const { ids } = follow(store);
    await until(() => ids().length > 0);
    expect(ids()).toEqual([wanted.id]);
  });

  it('that is broken off gives its place back: two hundred of them do not hang', async () => {
    const server = await serve();
    const { store } = connect(server);
    for (let index = 0; index < 20; index += 1)
      await store.append(write(`review-${index}`, 'none', newEvent('Noted', { data: { text: 'x'.repeat(20_000) } })));
    for (let index = 0; index < 200; index += 1)
      expect((await store.readAll({ after: 'start', limit: 1, types: ['Noted'] })).events).toHaveLength(1);
    await until(() => server.open.reads === 0);
  });

  it('that gets no answer ends by its own clock, and leaves no call behind', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { readIdleMs: 50, faultsBeforeRebuild: 1_000 } });
    server.faults.silent(true);
    const reads = Array.from({ length: 120 }, () => store.readStream('review-1').catch((error: unknown) => error));
    for (const error of await Promise.all(reads)) expect(error).toBeInstanceOf(EventStoreUnavailable);
    server.faults.silent(false);
    await until(() => server.open.reads === 0);
    expect(await store.readStream('review-1')).toEqual({ events: [], revision: -1n });
  });

  it('is tried again while the server is away for a moment', async () => {
    const server = await serve();
    const { store, troubles } = connect(server);
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.unavailableFor(30);
    expect((await store.readStream('review-1')).revision).toBe(0n);
    expect(troubles.map(({ what }) => what)).toContain('read-sent-again');
  });
});

describe('a subscription', () => {
  const appendMany = async (store: EventStoreDbStore, count: number) => {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const event = newEvent(index % 2 === 0 ? 'Even' : 'Odd');
      const result = await store.append(write(`review-${randomUUID()}`, 'none', event));
      expect(result.status).toBe('ok');
      ids.push(event.id);
    }
    return ids;
  };

  it('brings what is there and what comes, in order, and says when it is at the head', async () => {
    const { store } = connect(await serve());
    const { pages, ids } = follow(store);
    await until(() => pages.length > 0);
    expect(pages[0]).toEqual({ events: [], next: store.start, atHead: true });
    const appended = await appendMany(store, 20);
    await until(() => ids().length === 20);
    expect(ids()).toEqual(appended);
    expect(pages.at(-1)).toMatchObject({ next: await store.head(), atHead: true });
  });

  it('begins after the position it is given, and keeps to the types asked for', async () => {
    const { store } = connect(await serve());
    const appended = await appendMany(store, 10);
    const { events } = await store.readAll({ after: 'start', limit: 4 });
    const after = follow(store, { after: events.at(-1)!.position });
    const evens = follow(store, { types: ['Even'] });
    await until(() => after.ids().length === 6 && evens.ids().length === 5);
    expect(after.ids()).toEqual(appended.slice(4));
    expect(evens.ids()).toEqual(appended.filter((_, index) => index % 2 === 0));
  });

  it('goes on over a restart: nothing missed, nothing doubled', async () => {
    const server = await serve();
    const { store, troubles } = connect(server, { settings: { resendPauseMs: 50 } });
    const { ids } = follow(store);
    const appended = await appendMany(store, 15);
    await until(() => ids().length === 15);
    await server.restart(60);
    appended.push(...(await appendMany(store, 15)));
    await until(() => ids().length === 30);
    expect(ids()).toEqual(appended);
    expect(troubles.map(({ what }) => what)).toContain('subscription-broken');
  });

  it('cut after every third event still brings each event once', async () => {
    const server = await serve();
    const { store } = connect(server);
    server.faults.cutSubscriptionsAfter = 3;
    const { ids } = follow(store);
    const appended = await appendMany(store, 20);
    await until(() => ids().length >= 20);
    await pause(50);
    expect(ids()).toEqual(appended);
  });

  it('misses nothing while twelve writers append and it is cut again and again', async () => {
    const server = await serve();
    const { store } = connect(server);
    const { ids } = follow(store);
    const cutting = setInterval(() => server.faults.cutSubscriptions(), 15);
    const writers = await Promise.all(Array.from({ length: 12 }, () => appendMany(store, 25)));
    clearInterval(cutting);
    await until(() => ids().length >= 300);
    await pause(50);
    expect(ids()).toHaveLength(300);
    expect(new Set(ids())).toEqual(new Set(writers.flat()));
    expect(ids()).toEqual((await store.readAll({ after: 'start', limit: 1_000 })).events.map(({ id }) => id));
  });

  it('never goes backwards, whatever checkpoint the server sends', async () => {
    const server = await serve();
    const { store } = connect(server);
    const { pages, ids } = follow(store);
    const appended = await appendMany(store, 5);
    await until(() => ids().length === 5);
    for (const nonsense of [0n, 1n, 2n ** 63n, 2n ** 64n - 1n]) server.faults.sendCheckpoint(nonsense);
    await pause(50);
    server.faults.cutSubscriptions();
    appended.push(...(await appendMany(store, 5)));
    await until(() => ids().length === 10);
    expect(ids()).toEqual(appended);
    for (const [index, page] of pages.entries())
      if (index > 0) expect(store.compare(page.next, pages[index - 1]!.next)).toBeGreaterThanOrEqual(0);
  });

  it('moves its position over events that the filter leaves out', async () => {
    const server = await serve();
    const { store } = connect(server);
    for (let index = 0; index < 140; index += 1) server.log.append('$noise', 'any', [noise()]);
    const { pages } = follow(store);
    await until(() => pages.some(({ atHead }) => atHead));
    expect(store.compare(pages.at(-1)!.next, store.start)).toBeGreaterThan(0);
    expect(pages.every(({ events }) => events.length === 0)).toBe(true);
  });

  it('is not skipped ahead by a checkpoint that overtakes its events', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { pageSize: 3 } });
    for (let index = 0; index < 200; index += 1) server.log.append('$noise', 'any', [noise()]);
    const appended = await appendMany(store, 200);
    const stop = new AbortController();
    const seen: string[] = [];
    for await (const page of store.subscribe({ after: 'start', signal: stop.signal })) {
      const rest = await store.readAll({ after: page.next, limit: 1_000 });
      seen.push(...page.events.map(({ id }) => id));
      // what the page's position leaves to come is exactly what has not been seen
      expect(rest.events.map(({ id }) => id)).toEqual(appended.slice(seen.length));
      if (seen.length === 200) stop.abort();
    }
    expect(seen).toEqual(appended);
  });

  it('is replaced when it stays silent, and when it is never confirmed', async () => {
    const server = await serve();
    const { store, troubles } = connect(server, { settings: { subscriptionIdleMs: 60, faultsBeforeRebuild: 2 } });
    const { ids } = follow(store);
    await until(() => server.open.subscriptions === 1);
    const { read } = server.received;
    await until(() => server.received.read >= read + 2);
    expect(troubles).toEqual([]); // quiet is no trouble
    server.faults.silent(true);
    await until(() => troubles.some(({ what }) => what === 'client-rebuilt'));
    server.faults.silent(false);
    const appended = await appendMany(store, 3);
    await until(() => ids().length === 3);
    expect(ids()).toEqual(appended);
  });

  it('ends when it is told to, and when the store closes, without a call left behind', async () => {
    const server = await serve();
    const { store } = connect(server);
    const one = follow(store);
    const two = follow(store);
    await until(() => server.open.subscriptions === 2);
    one.stop.abort();
    await one.over;
    await until(() => server.open.subscriptions === 1);
    await store.close();
    await two.over;
    await until(() => server.open.subscriptions === 0);
  });

  it('that its reader leaves is unsubscribed: a hundred and fifty of them do not hang', async () => {
    const server = await serve();
    const { store } = connect(server);
    await appendMany(store, 2);
    for (let index = 0; index < 150; index += 1)
      for await (const { events } of store.subscribe({ after: 'start', signal: new AbortController().signal }))
        if (events.length > 0) break;
    await until(() => server.open.subscriptions === 0);
  });

  it('waits for a slow reader without losing anything', async () => {
    const { store } = connect(await serve(), { settings: { pageSize: 5 } });
    const appended = await appendMany(store, 100);
    const seen: string[] = [];
    for await (const { events } of store.subscribe({ after: 'start', signal: new AbortController().signal })) {
      expect(events.length).toBeLessThanOrEqual(5);
      seen.push(...events.map(({ id }) => id));
      await pause(2);
      if (seen.length === 100) break;
    }
    expect(seen).toEqual(appended);
  });
});

describe('the clients', () => {
  it('are rebuilt after one fault too many of the kind that only a new one mends', async () => {
    const server = await serve();
    const { store, troubles } = connect(server, { settings: { faultsBeforeRebuild: 3, resends: 3 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.failAppends(3, 'unknown');
    expect(await store.append(write('review-1', 0n, newEvent()))).toMatchObject({ status: 'ok' });
    expect(troubles.filter(({ what }) => what === 'client-rebuilt')).toEqual([
      { what: 'client-rebuilt', client: 'commands' },
    ]);
    server.faults.failAppends(2, 'unknown');
    expect(await store.append(write('review-1', 1n, newEvent()))).toMatchObject({ status: 'ok' });
    expect(troubles.filter(({ what }) => what === 'client-rebuilt')).toHaveLength(1);
  });

  it('let the calls of others finish when one is rebuilt', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { faultsBeforeRebuild: 1 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.slowMs = 100;
    const slow = store.readStream('review-1');
    await until(() => server.open.reads === 1);
    server.faults.slowMs = 0;
    server.faults.failAppends(1, 'unknown');
    expect(await store.append(write('review-1', 0n, newEvent()))).toMatchObject({ status: 'ok' });
    expect((await slow).events.length).toBeGreaterThan(0);
  });

  it('are two: a projector that rebuilds does not disturb commands', async () => {
    const server = await serve();
    const { store, troubles } = connect(server, { settings: { faultsBeforeRebuild: 1, readIdleMs: 60 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.silent(true);
    await expect(store.readAll({ after: 'start', limit: 1 })).rejects.toBeInstanceOf(EventStoreUnavailable);
    server.faults.silent(false);
    expect(troubles).toEqual([{ what: 'client-rebuilt', client: 'projectors' }]);
  });
});

describe('the health of the store', () => {
  it('is told without credentials and without throwing', async () => {
    const server = await serve();
    const { store } = connect(server, { username: 'ann', password: 'hunter2' });
    expect(await store.health()).toEqual({ ok: true });
    server.stop();
    const { ok, detail } = await store.health();
    expect(ok).toBe(false);
    expect(detail).toContain('EventStoreDB');
    expect(detail).not.toContain('hunter2');
    const error = await store.readStream('review-1').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'event-store-unavailable', kind: 'unavailable', retryable: true });
    expect(String(error)).not.toContain('hunter2');
  });

  it('is bad for a user who may not read everything', async () => {
    const server = await serve({ users: { admin: 'changeit', ann: 'x' } });
    const { store } = connect(server); // without TLS the client sends no user at all
    expect(await store.health()).toEqual({ ok: false, detail: 'EventStoreDB answered "access-denied"' });
  });
});

const noise = () => ({
  id: randomUUID(),
  type: '$noise',
  isJson: false,
  data: new Uint8Array(),
  metadata: new Uint8Array(),
});
