import type { Page } from '../../application/event-store.js';
import { EventStoreUnavailable } from '../../application/errors.js';
import { connect, follow, newEvent, serve, stranger, until, write } from './eventstoredb.examples.js';

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
    await store.append(write('$system', 'none', newEvent())); // ours or not: streams of this name are the system's
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
    const { store } = connect(server, { settings: { readIdleMs: 10_000 } });
    for (let index = 0; index < 60; index += 1)
      // more than the buffers between here and there hold
      await store.append(write(`review-${index}`, 'none', newEvent('Noted', { data: { text: 'x'.repeat(20_000) } })));
    for (let index = 0; index < 200; index += 1)
      expect((await store.readAll({ after: 'start', limit: 1, types: ['Noted'] })).events).toHaveLength(1);
    await until(() => server.open.reads === 0);
  });

  it('that gets no answer ends by its own clock, and leaves no call behind', async () => {
    const server = await serve();
    const { store } = connect(server, { settings: { readIdleMs: 300, faultsBeforeRebuild: 1_000 } });
    server.faults.silent(true);
    const reads = Array.from({ length: 120 }, () => store.readStream('review-1').catch((error: unknown) => error));
    for (const error of await Promise.all(reads)) expect(error).toBeInstanceOf(EventStoreUnavailable);
    server.faults.silent(false);
    await until(() => server.open.reads === 0);
    expect(await store.readStream('review-1')).toEqual({ events: [], revision: -1n });
  });

  it('is tried again while the server is away for a moment', async () => {
    const server = await serve();
    const { store, troubles } = connect(server, { settings: { resendPauseMs: 200 } });
    await store.append(write('review-1', 'none', newEvent()));
    server.faults.unavailableFor(200);
    expect((await store.readStream('review-1')).revision).toBe(0n);
    expect(troubles.map(({ what }) => what)).toContain('read-sent-again');
  });
});
