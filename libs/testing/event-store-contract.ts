import { randomUUID } from 'node:crypto';
import { EventStoreUnavailable } from '#libs/event-store/application/errors';
import type {
  AppendResult,
  EventStore,
  Expected,
  NewEvent,
  Page,
  Position,
  RecordedEvent,
} from '#libs/event-store/application/event-store';
import { newEvent, storedMetadata } from './events.js';

/** A log for one suite: fresh, and reachable by any number of stores, as by several processes. */
export interface ContractLog {
  /** Another store on the same log; the suite closes it. */
  connect(): Promise<EventStore>;
  close(): Promise<void>;
}

export interface ContractSizes {
  /** Appends of each of the 12 writers in the test for missed events. */
  readonly perWriter?: number;
  /** Writers on one stream. */
  readonly rivals?: number;
}

/**
 * What every event store must do. `makeLog` is called once per suite; the tests use streams of their own, and none
 * assumes that the log holds nothing else.
 */
export function eventStoreContract(
  name: string,
  makeLog: () => Promise<ContractLog>,
  { perWriter = 100, rivals = 64 }: ContractSizes = {},
): void {
  describe(`event store contract: ${name}`, () => {
    let log: ContractLog;
    let store: EventStore;
    const connected: EventStore[] = [];
    const connect = async () => {
      const made = await log.connect();
      connected.push(made);
      return made;
    };

    beforeAll(async () => {
      log = await makeLog();
      store = await connect();
    });
    afterAll(async () => {
      await Promise.all(connected.map((each) => each.close()));
      await log?.close();
    });

    const stream = (prefix = 'test') => `${prefix}-${randomUUID()}`;
    const events = (count: number, more: Partial<NewEvent> = {}) => Array.from({ length: count }, () => newEvent(more));
    const append = (streamId: string, expected: Expected, written: readonly NewEvent[], via = store) =>
      via.append([{ streamId, expected, events: written }]);
    const existing = async (count = 2) => {
      const streamId = stream();
      const written = events(count);
      const result = ok(await append(streamId, 'none', written));
      return { streamId, written, result };
    };
    const ids = (recorded: readonly { id: string }[]) => recorded.map(({ id }) => id);

    /** Everything after a position, page by page; proves on the way that it ends and never goes back. */
    const readOn = async (after: Position | 'start', limit: number, types?: readonly string[], via = store) => {
      const read: RecordedEvent[] = [];
      const boundaries: Position[] = [];
      for (let from = after; ;) {
        const page: Page = await via.readAll({ after: from, limit, ...(types && { types }) });
        expect(page.events.length).toBeLessThanOrEqual(limit);
        read.push(...page.events);
        boundaries.push(page.next);
        if (page.atHead) return { read, boundaries };
        expect(via.compare(page.next, from === 'start' ? via.start : from)).toBeGreaterThan(0);
        from = page.next;
      }
    };

    const eventually = async (what: string, condition: () => boolean, ms = 10_000) => {
      const until = Date.now() + ms;
      while (!condition()) {
        if (Date.now() > until) throw new Error(`It did not happen within ${ms} ms: ${what}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };

    describe('appending', () => {
      const expectations: [string, Expected][] = [
        ['any', 'any'],
        ['none', 'none'],
        ['exists', 'exists'],
        ['revision 1', 1n],
      ];

      it.each(expectations)('to a missing stream with %s', async (_, expected) => {
        const streamId = stream();
        const result = await append(streamId, expected, events(2));
        if (expected === 'any' || expected === 'none') {
          expect(ok(result).revisions.get(streamId)).toBe(1n);
        } else {
          expect(result).toEqual({ status: 'conflict', actual: new Map([[streamId, -1n]]) });
          expect(await store.readStream(streamId)).toEqual({ events: [], revision: -1n });
        }
      });

      it.each(expectations)('to a stream of two events with %s', async (_, expected) => {
        const { streamId } = await existing(2);
        const result = await append(streamId, expected, events(1));
        if (expected === 'none') {
          expect(result).toEqual({ status: 'conflict', actual: new Map([[streamId, 1n]]) });
          expect((await store.readStream(streamId)).revision).toBe(1n);
        } else {
          expect(ok(result).revisions.get(streamId)).toBe(2n);
        }
      });

      it.each(expectations)('to a stream that has just moved on with %s', async (_, expected) => {
        const { streamId } = await existing(2);
        ok(await append(streamId, 1n, events(1)));
        const result = await append(streamId, expected, events(1));
        if (expected === 'none' || expected === 1n) {
          expect(result).toEqual({ status: 'conflict', actual: new Map([[streamId, 2n]]) });
          expect((await store.readStream(streamId)).revision).toBe(2n);
        } else {
          expect(ok(result).revisions.get(streamId)).toBe(3n);
        }
      });

      it('conflicts with a revision the stream has not reached', async () => {
        const { streamId } = await existing(2);
        expect(await append(streamId, 7n, events(1))).toEqual({
          status: 'conflict',
          actual: new Map([[streamId, 1n]]),
        });
      });

      it('keeps everything of an event, and every answer is of its own objects', async () => {
        const streamId = stream();
        const event = newEvent({
          type: 'Everything',
          schemaVersion: 3,
          data: {
            text: 'żółć 测试 😀 \u2028 " \\ \n \u0007',
            nul: 'a\u0000b',
            list: [1, -1, 0, 9_007_199_254_740_991, true, false, null, [], {}],
            nested: { z: 1, a: { b: [] } },
          },
          metadata: storedMetadata({
            requestId: 'req-1',
            traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
            actor: { id: 'usr_ann', kind: 'assistant', roles: ['officer', 'manager'], onBehalfOf: 'usr_bob' },
          }),
        });
        const { position } = ok(await append(streamId, 'none', [event]));
        const recorded = { ...event, streamId, revision: 0n, position: expect.any(String) as Position };
        const first = await store.readStream(streamId);
        expect(first).toEqual({ events: [recorded], revision: 0n });
        expect(store.compare(first.events[0]!.position, position)).toBe(0);
        expect(Object.keys(first.events[0]!.data)).toEqual(['list', 'nested', 'nul', 'text']); // canonical order
        expect((await store.readStream(streamId)).events[0]!.data).not.toBe(first.events[0]!.data);
        const { read } = await readOn('start', 500, ['Everything']);
        expect(read.filter(({ id }) => id === event.id)).toEqual([recorded]);
      });

      it('reads several streams in whole, leaving out those that do not exist', async () => {
        const one = await existing(3);
        const two = await existing(1);
        const streams = await store.readStreams([two.streamId, 'nothing-here', one.streamId, two.streamId]);
        expect([...streams.keys()].toSorted()).toEqual([one.streamId, two.streamId].toSorted());
        for (const { streamId } of [one, two])
          expect(streams.get(streamId)).toEqual((await store.readStream(streamId)).events);
        expect((await store.readStreams([])).size).toBe(0);
      });

      it('answers the same events again with the original outcome, whatever came after', async () => {
        const { streamId, written, result } = await existing(2);
        const original = { ...result, status: 'duplicate' };
        expect(await append(streamId, 'none', written)).toEqual(original);
        ok(await append(streamId, 1n, events(3)));
        expect(await append(streamId, 'none', written)).toEqual(original);
        const later = events(2);
        const second = ok(await append(streamId, 4n, later));
        ok(await append(streamId, 6n, events(1)));
        expect(await append(streamId, 4n, later)).toEqual({ ...second, status: 'duplicate' });
        expect((await store.readStream(streamId)).revision).toBe(7n);
      });

      it('conflicts when only some of the events are there already', async () => {
        const { streamId, written } = await existing(2);
        expect(await append(streamId, 'none', [written[0]!, newEvent()])).toEqual({
          status: 'conflict',
          actual: new Map([[streamId, 1n]]),
        });
        expect((await store.readStream(streamId)).revision).toBe(1n);
      });

      it('makes one append of the same one sent twice at once', async () => {
        const streamId = stream();
        const written = events(3);
        const results = await Promise.all([1, 2, 3, 4].map(() => append(streamId, 'none', written)));
        expect(results.map(({ status }) => status).sort()).toEqual(['duplicate', 'duplicate', 'duplicate', 'ok']);
        expect(ids((await store.readStream(streamId)).events)).toEqual(ids(written));
      });

      it('takes a payload of 1 MB', async () => {
        const streamId = stream();
        const text = 'é'.repeat(499_000);
        ok(await append(streamId, 'none', [newEvent({ data: { text } })]));
        expect((await store.readStream(streamId)).events[0]!.data['text']).toBe(text);
      });

      it('takes 200 events at once', async () => {
        const streamId = stream();
        const written = events(200);
        expect(ok(await append(streamId, 'none', written)).revisions.get(streamId)).toBe(199n);
        expect(ids((await store.readStream(streamId)).events)).toEqual(ids(written));
      });

      it('knows streams by any well-formed name', async () => {
        const names = ['größe', '测试 流', '😀', 'a\'b"c\\d', 'x/%2F?#&=+', 'Ⅷ', 'e\u0301', '\u00e9'];
        const made = names.map((each) => `${each}-${randomUUID()}`);
        for (const streamId of made) ok(await append(streamId, 'none', events(1)));
        for (const streamId of made) {
          const read = await store.readStream(streamId);
          expect(read.revision).toBe(0n);
          expect(read.events.map((event) => event.streamId)).toEqual([streamId]);
        }
      });

      it('refuses what no store can keep, before it writes', async () => {
        const streamId = stream();
        const refused = (written: readonly NewEvent[], id = streamId) =>
          expect(append(id, 'none', written)).rejects.toThrow(TypeError);
        const twice = newEvent();
        await refused(events(1), '');
        await refused(events(1), 'a\u0000b');
        await refused(events(1), 'a\ud800b');
        await refused([newEvent({ id: 'no-uuid' })]);
        await refused([twice, twice]);
        await refused([newEvent({ type: '' })]);
        await refused([newEvent({ schemaVersion: 0 })]);
        await expect(append(streamId, 'none', [newEvent({ data: { amount: 0.5 } })])).rejects.toThrow('decimal string');
        await expect(append(streamId, 'none', [newEvent({ data: { text: '\udc00' } })])).rejects.toThrow('surrogate');
        expect((await store.readStream(streamId)).revision).toBe(-1n);
      });
    });

    describe('several streams in one append', () => {
      it('writes all or nothing, or is refused by a store that cannot', async () => {
        const [a, b] = [stream(), stream()];
        const writes = (expected: Expected) =>
          store.append([
            { streamId: a, expected: 'none', events: events(2) },
            { streamId: b, expected, events: events(1) },
          ]);
        if (!store.capabilities.atomicMultiStream) {
          await expect(writes('none')).rejects.toThrow(TypeError);
          expect((await store.readStream(a)).revision).toBe(-1n);
          return;
        }
        expect(await writes(5n)).toEqual({
          status: 'conflict',
          actual: new Map([
            [a, -1n],
            [b, -1n],
          ]),
        });
        expect((await store.readStream(a)).revision).toBe(-1n);
        const { position, revisions } = ok(await writes('none'));
        expect(revisions).toEqual(
          new Map([
            [a, 1n],
            [b, 0n],
          ]),
        );
        expect(store.compare((await store.readStream(b)).events[0]!.position, position)).toBe(0);
      });

      it('answers the same again as a duplicate, and a half of it as a conflict', async () => {
        if (!store.capabilities.atomicMultiStream) return;
        const [a, b, c] = [stream(), stream(), stream()];
        const [forA, forB] = [events(1), events(2)];
        const write = (streamId: string, written: readonly NewEvent[]) => ({
          streamId,
          expected: 'none' as const,
          events: written,
        });
        const first = ok(await store.append([write(a, forA), write(b, forB)]));
        expect(await store.append([write(a, forA), write(b, forB)])).toEqual({ ...first, status: 'duplicate' });
        expect((await store.append([write(a, forA), write(c, events(1))])).status).toBe('conflict');
        expect((await store.readStream(c)).revision).toBe(-1n);
      });

      it('checks a stream without writing to it, or refuses to', async () => {
        const { streamId: checked } = await existing(2);
        const written = stream();
        const checking = (expected: Expected, target: string) =>
          store.append([
            { streamId: checked, expected, events: [] },
            { streamId: target, expected: 'none', events: events(1) },
          ]);
        if (!store.capabilities.checkOnlyStreams || !store.capabilities.atomicMultiStream) {
          await expect(checking(1n, written)).rejects.toThrow(TypeError);
          await expect(append(checked, 1n, [])).rejects.toThrow(TypeError);
          expect((await store.readStream(written)).revision).toBe(-1n);
          return;
        }
        expect((await checking(0n, written)).status).toBe('conflict');
        expect((await store.readStream(written)).revision).toBe(-1n);
        expect(ok(await checking(1n, written)).revisions.get(checked)).toBe(1n);
        expect((await store.readStream(checked)).revision).toBe(1n);
        expect((await append(checked, 1n, [])).status).toBe('ok');
        expect((await append(checked, 'none', [])).status).toBe('conflict');
      });

      it('refuses the same stream twice', async () => {
        const streamId = stream();
        const write = { streamId, expected: 'any' as const, events: events(1) };
        await expect(store.append([write, { ...write, events: events(1) }])).rejects.toThrow(TypeError);
      });
    });

    describe('writers at once', () => {
      it(`gives every revision to exactly one of ${rivals} writers`, async () => {
        const streamId = stream();
        const wins: bigint[] = [];
        const stores = [store, await connect(), await connect(), await connect()];
        await Promise.all(
          Array.from({ length: rivals }, async (_, writer) => {
            const via = stores[writer % stores.length]!;
            for (let revision = -1n; ;) {
              const event = newEvent({ data: { writer } });
              const result = await append(streamId, revision === -1n ? 'none' : revision, [event], via);
              if (result.status === 'ok') return void wins.push(result.revisions.get(streamId)!);
              if (result.status === 'conflict') revision = result.actual.get(streamId)!;
            }
          }),
        );
        expect(wins.sort((a, b) => Number(a - b))).toEqual(Array.from({ length: rivals }, (_, index) => BigInt(index)));
        const { events: stored } = await store.readStream(streamId);
        expect(new Set(stored.map(({ data }) => data['writer'])).size).toBe(rivals);
      });

      it('misses no event, with 12 writers and readers that never rest', async () => {
        const type = `Raced-${randomUUID()}`;
        const after = await store.head();
        const stores = [store, await connect(), await connect(), await connect()];
        const written = new Set<string>();
        const total = 12 * perWriter * 2;
        const ended = new AbortController();

        const polled: RecordedEvent[] = [];
        const poller = await connect();
        const polling = (async () => {
          for (let from = after; !ended.signal.aborted;) {
            const page = await poller.readAll({ after: from, limit: 50 });
            polled.push(...page.events.filter((event) => event.type === type));
            from = page.next;
            // A store that does no I/O would never let anybody else run.
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
        const subscribed: RecordedEvent[] = [];
        const subscriber = await connect();
        const subscribing = (async () => {
          for await (const page of subscriber.subscribe({ after, signal: ended.signal })) {
            subscribed.push(...page.events.filter((event) => event.type === type));
          }
        })();

        await Promise.all(
          Array.from({ length: 12 }, async (_, writer) => {
            const streamId = stream();
            let expected: Expected = 'none';
            for (let turn = 0; turn < perWriter; turn++) {
              const pair = events(2, { type });
              const result = ok(await append(streamId, expected, pair, stores[writer % stores.length]));
              expected = result.revisions.get(streamId)!;
              for (const { id } of pair) written.add(id);
            }
          }),
        );
        await eventually('the readers have caught up', () => polled.length >= total && subscribed.length >= total);
        ended.abort();
        await Promise.all([polling, subscribing]);

        expect(written.size).toBe(total);
        for (const seen of [polled, subscribed]) {
          expect(seen).toHaveLength(total);
          expect(new Set(ids(seen))).toEqual(written);
          expectOrdered(store, seen);
        }
        expect(ids(polled)).toEqual(ids(subscribed));
      });
    });

    describe('reading a stream', () => {
      it('gives pages forwards and backwards, with the revision of the whole stream', async () => {
        const { streamId, written } = await existing(5);
        const read = async (options: Parameters<EventStore['readStream']>[1]) => {
          const page = await store.readStream(streamId, options);
          expect(page.revision).toBe(4n);
          return page.events.map(({ id, revision }) => [ids(written).indexOf(id), Number(revision)]);
        };
        const at = (...indexes: number[]) => indexes.map((index) => [index, index]);
        expect(await read({})).toEqual(at(0, 1, 2, 3, 4));
        expect(await read({ from: 3n })).toEqual(at(3, 4));
        expect(await read({ from: 1n, max: 2 })).toEqual(at(1, 2));
        expect(await read({ from: 5n })).toEqual([]);
        expect(await read({ max: 2 })).toEqual(at(0, 1));
        expect(await read({ backwards: true })).toEqual(at(4, 3, 2, 1, 0));
        expect(await read({ backwards: true, max: 1 })).toEqual(at(4));
        expect(await read({ backwards: true, from: 2n, max: 2 })).toEqual(at(2, 1));
        expect(await read({ backwards: true, from: 99n, max: 2 })).toEqual(at(4, 3));
      });

      it('knows nothing of a missing stream', async () => {
        expect(await store.readStream(stream())).toEqual({ events: [], revision: -1n });
        expect(await store.readStream(stream(), { backwards: true, max: 1 })).toEqual({ events: [], revision: -1n });
        expect(await store.readStream(stream(), { from: 3n })).toEqual({ events: [], revision: -1n });
      });

      it('reads its own writes through any store', async () => {
        const other = await connect();
        const { streamId, written } = await existing(1);
        expect(ids((await other.readStream(streamId)).events)).toEqual(ids(written));
      });
    });

    describe('reading everything', () => {
      it('goes on from every page boundary as if it had never stopped', async () => {
        const type = `Paged-${randomUUID()}`;
        const after = await store.head();
        for (let index = 0; index < 10; index++) ok(await append(stream(), 'none', events(3, { type })));
        const { read, boundaries } = await readOn(after, 7);
        const whole = ids(read.filter((event) => event.type === type));
        expect(whole).toHaveLength(30);
        expectOrdered(store, read);
        let seen = 0;
        for (const boundary of boundaries) {
          seen = read.findLastIndex(({ position }) => store.compare(position, boundary) <= 0) + 1;
          const rest = await readOn(boundary, 5);
          expect(ids(rest.read)).toEqual(ids(read.slice(seen)));
        }
        expect(seen).toBe(read.length);
        for (const { position } of read) {
          const [next] = (await store.readAll({ after: position, limit: 1 })).events;
          expect(next?.id).toBe(read[read.findIndex((event) => event.position === position) + 1]?.id);
        }
      });

      it('gives only the types asked for, and still says where it has read to', async () => {
        const wanted = `Wanted-${randomUUID()}`;
        const after = await store.head();
        const mine = events(3, { type: wanted });
        for (const event of mine) {
          ok(await append(stream(), 'none', events(4, { type: 'Noise' })));
          ok(await append(stream(), 'none', [event]));
        }
        const { position: end } = ok(await append(stream(), 'none', events(4, { type: 'Noise' })));
        for (const limit of [1, 2, 100]) {
          const { read, boundaries } = await readOn(after, limit, [wanted, 'Absent']);
          expect(ids(read)).toEqual(ids(mine));
          expect(store.compare(boundaries.at(-1)!, read.at(-1)!.position)).toBeGreaterThan(0);
        }
        const nothing = await readOn(after, 10, ['Absent']);
        expect(nothing.read).toEqual([]);
        expect(store.compare(nothing.boundaries.at(-1)!, end)).toBeGreaterThanOrEqual(0);
      });

      it('is at the head after the last event, and the head is not before the last append', async () => {
        const { position } = ok(await append(stream(), 'none', events(2)));
        const head = await store.head();
        expect(store.compare(head, position)).toBeGreaterThanOrEqual(0);
        const beyond = await store.readAll({ after: head, limit: 10 });
        expect(beyond).toMatchObject({ events: [], atHead: true });
        expect(store.compare(beyond.next, head)).toBeGreaterThanOrEqual(0);
        const [last] = (await readOn('start', 1000)).read.slice(-1);
        expect(store.compare(last!.position, position)).toBe(0);
      });

      it('orders positions, and refuses what is none', async () => {
        const first = ok(await append(stream(), 'none', events(1))).position;
        const second = ok(await append(stream(), 'none', events(1))).position;
        expect(store.compare(first, second)).toBeLessThan(0);
        expect(store.compare(second, first)).toBeGreaterThan(0);
        expect(store.compare(first, first)).toBe(0);
        expect(store.compare(store.start, first)).toBeLessThan(0);
        expect(JSON.parse(JSON.stringify({ first }))).toEqual({ first });
        expect(store.isPosition(first)).toBe(true);
        for (const text of ['', 'x', '-1', '1.5', '1e3', ' 1', "1'; --", '9'.repeat(40)]) {
          expect(store.isPosition(text)).toBe(false);
        }
      });
    });

    describe('subscribing', () => {
      const follow = (via: EventStore, options: { after: Position | 'start'; types?: readonly string[] }) => {
        const stop = new AbortController();
        const pages: Page[] = [];
        const ended = (async () => {
          for await (const page of via.subscribe({ ...options, signal: stop.signal })) pages.push(page);
        })();
        return {
          pages,
          events: () => pages.flatMap((page) => page.events),
          stop: async () => {
            stop.abort();
            await ended;
          },
        };
      };

      it('gives what was there, says when it is at the head, then what comes', async () => {
        const after = await store.head();
        const before = events(3);
        ok(await append(stream(), 'none', before));
        const following = follow(store, { after });
        await eventually('at the head', () => following.pages.some(({ atHead }) => atHead));
        expect(ids(following.events())).toEqual(ids(before));
        const later = events(2);
        ok(await append(stream(), 'none', later, await connect()));
        await eventually('the later events', () => following.events().length === 5);
        await following.stop();
        expect(ids(following.events())).toEqual([...ids(before), ...ids(later)]);
        expect(store.compare(following.pages.at(-1)!.next, following.events().at(-1)!.position)).toBeGreaterThanOrEqual(
          0,
        );
      });

      it('says that it is at the head also when there is nothing to give', async () => {
        const following = follow(store, { after: await store.head() });
        await eventually('at the head', () => following.pages.some(({ atHead }) => atHead));
        expect(following.events()).toEqual([]);
        await following.stop();
      });

      it('wakes up soon after an append', async () => {
        const following = follow(store, { after: await store.head() });
        await eventually('at the head', () => following.pages.some(({ atHead }) => atHead));
        // The first wake-up may still have to connect; the second shows what it takes.
        ok(await append(stream(), 'none', events(1)));
        await eventually('the first event', () => following.events().length === 1);
        const began = Date.now();
        ok(await append(stream(), 'none', events(1)));
        await eventually('the second event', () => following.events().length === 2);
        expect(Date.now() - began).toBeLessThan(1500);
        await following.stop();
      });

      it('gives only the types asked for', async () => {
        const type = `Followed-${randomUUID()}`;
        const mine = events(2, { type });
        const following = follow(store, { after: await store.head(), types: [type] });
        for (const event of mine) {
          ok(await append(stream(), 'none', events(2)));
          ok(await append(stream(), 'none', [event]));
        }
        await eventually('both', () => following.events().length === 2);
        await following.stop();
        expect(ids(following.events())).toEqual(ids(mine));
      });

      it('reads the whole log from its start', async () => {
        const { read } = await readOn('start', 500);
        const head = await store.head();
        const following = follow(store, { after: 'start' });
        await eventually('the head', () => {
          const next = following.pages.at(-1)?.next;
          return next !== undefined && store.compare(next, head) >= 0;
        });
        await following.stop();
        expect(ids(following.events())).toEqual(ids(read));
      });

      it('can be left in the middle, more often than a connection has room for calls', async () => {
        const after = await store.head();
        ok(await append(stream(), 'none', events(1)));
        for (let turn = 0; turn < 120; turn++) {
          const stop = new AbortController();
          for await (const page of store.subscribe({ after, signal: stop.signal })) {
            expect(page.events.length).toBeGreaterThanOrEqual(0);
            break;
          }
        }
        expect((await store.readAll({ after, limit: 1 })).events).toHaveLength(1);
      });

      it('does not begin when the signal has been aborted before', async () => {
        const pages: Page[] = [];
        const signal = AbortSignal.abort();
        for await (const page of store.subscribe({ after: 'start', signal })) pages.push(page);
        expect(pages).toEqual([]);
      });
    });

    it('says that it is well', async () => expect(await store.health()).toMatchObject({ ok: true }));

    it('ends its subscriptions when it is closed, and refuses work after it', async () => {
      const closing = await log.connect();
      const pages: Page[] = [];
      const after = await closing.head();
      const following = (async () => {
        const { signal } = new AbortController();
        for await (const page of closing.subscribe({ after, signal })) pages.push(page);
      })();
      await eventually('at the head', () => pages.length > 0);
      const streamId = stream();
      const last = append(streamId, 'none', events(1), closing);
      await closing.close();
      await following;
      ok(await last);
      await expect(append(stream(), 'none', events(1), closing)).rejects.toThrow(EventStoreUnavailable);
      await expect(closing.readStream(streamId)).rejects.toThrow(EventStoreUnavailable);
      await expect(closing.head()).rejects.toThrow(EventStoreUnavailable);
      expect(await closing.health()).toMatchObject({ ok: false });
      await closing.close();
    });
  });
}

function ok(result: AppendResult): Extract<AppendResult, { position: Position }> {
  if (result.status !== 'ok') throw new Error(`The append was answered ${result.status}.`);
  return result;
}

function expectOrdered(store: EventStore, events: readonly RecordedEvent[]): void {
  const misplaced = events.findIndex(
    ({ position }, index) => index > 0 && store.compare(events[index - 1]!.position, position) >= 0,
  );
  expect(misplaced).toBe(-1);
  const last = new Map<string, bigint>();
  for (const { streamId, revision } of events) {
    const before = last.get(streamId);
    if (before !== undefined) expect(revision).toBe(before + 1n);
    last.set(streamId, revision);
  }
}
