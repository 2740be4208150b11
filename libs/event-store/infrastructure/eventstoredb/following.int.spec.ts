import { randomUUID } from 'node:crypto';
import type { EventStoreDbStore } from './eventstoredb-store.js';
import { connect, follow, newEvent, noise, pause, serve, until, write } from './eventstoredb.examples.js';

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
    const { store, troubles } = connect(server, {
      settings: { subscriptionIdleMs: 60, confirmMs: 300, faultsBeforeRebuild: 2 },
    });
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

  it('does not take more into memory than a slow reader can use', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { pageSize: 5 } });
    const data = Buffer.from(JSON.stringify({ text: 'x'.repeat(20_000) }));
    const metadata = Buffer.from(JSON.stringify({ schemaVersion: 1 }));
    const many = Array.from({ length: 600 }, () => ({ id: randomUUID(), type: 'Noted', isJson: true, data, metadata }));
    server.log.append('review-1', 'any', many);
    let seen = 0;
    for await (const { events } of store.subscribe({ after: 'start', signal: new AbortController().signal })) {
      if (seen === 0) await pause(300); // for as long as the pipe has room, the server sends
      if (seen === 0) expect(server.sent.toSubscriptions).toBeLessThan(200);
      seen += events.length;
      if (seen === 600) break;
    }
    expect(seen).toBe(600);
  });
});
