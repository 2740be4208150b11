import { jest } from '@jest/globals';
import type { Position, RecordedEvent } from '#libs/event-store/application/event-store';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import type { Recorded } from '#libs/kernel/domain/message';
import { newEvent } from '#libs/testing/events';
import { LogPages } from './log-pages.js';

/** A store that counts how often it is read and can be held up before it answers. */
class SlowStore extends InMemoryEventStore {
  reads = 0;
  held: Promise<void> | undefined;
  override async readAll(...asked: Parameters<InMemoryEventStore['readAll']>) {
    this.reads++;
    const page = await super.readAll(...asked);
    await this.held;
    return page;
  }
}

const asIs = (event: RecordedEvent) => event as unknown as Recorded;
const codec = { decode: (events: readonly RecordedEvent[]) => Promise.resolve(events.map(asIs)), raw: asIs };

describe('pages of the log', () => {
  let now = 0;
  beforeEach(() => {
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  it.each(['that were read long ago', 'that grew at the end of the log'])(
    'are not kept for a rebuild after an erasure: those %s',
    async (which) => {
      const store = new SlowStore();
      let erased = false;
      const decode = (events: readonly RecordedEvent[]) =>
        Promise.resolve(events.map((event) => ({ ...asIs(event), data: erased ? { $erased: true } : event.data })));
      const pages = new LogPages({
        store,
        codec: { decode, raw: asIs },
        page: which === 'that were read long ago' ? 2 : 50,
      });
      const append = async (streamId: string) =>
        await store.append([
          { streamId, expected: 'none', events: [newEvent({ type: 'Tested', data: { of: 'olly' } })] },
        ]);
      const read = async () => {
        const reader = {};
        const seen: unknown[] = [];
        let at = store.start;
        for (let atHead = false; !atHead;) {
          const page = await pages.all(reader, at);
          for (const { event } of page.events) seen.push(event.data);
          at = page.next;
          ({ atHead } = page);
        }
        return seen;
      };
      await pages.all({}, store.start);
      for (let n = 0; n < 10; n++) await append(`s-${n}`);
      pages.wake();
      expect(await read()).toEqual(Array(10).fill({ of: 'olly' }));
      erased = true;
      // Somebody looks at the end of the log all the time.
      for (; now < 6000; now += 100) await pages.all({}, await store.head());
      expect(await read()).toEqual(Array(10).fill({ $erased: true }));
    },
  );
});

describe('pages of the log that are forgotten, as after an erasure', () => {
  let store: InMemoryEventStore;
  let pages: LogPages;
  let isErased = false;
  let held: Promise<void> | undefined;
  const decode = async (events: readonly RecordedEvent[]) => {
    const decoded = events.map((event) => ({ ...asIs(event), data: isErased ? { $erased: true } : event.data }));
    await held;
    return decoded;
  };
  const append = (streamId: string) =>
    store.append([{ streamId, expected: 'none', events: [newEvent({ type: 'Tested', data: { of: 'olly' } })] }]);
  const dataAfter = async (at: Position) => (await pages.all({}, at)).events.map(({ event }) => event.data);

  beforeEach(async () => {
    store = new InMemoryEventStore();
    isErased = false;
    held = undefined;
    pages = new LogPages({ store, codec: { decode, raw: asIs }, page: 2 });
    for (let n = 0; n < 3; n++) await append(`s-${n}`);
  });

  it('are read again, full ones and the newest', async () => {
    const { next } = await pages.all({}, store.start);
    expect(await dataAfter(next)).toEqual([{ of: 'olly' }]);
    isErased = true;
    pages.forget();
    expect(await dataAfter(store.start)).toEqual([{ $erased: true }, { $erased: true }]);
    expect(await dataAfter(next)).toEqual([{ $erased: true }]);
  });

  it('are read again also when they were on their way', async () => {
    const { next } = await store.readAll({ after: store.start, limit: 2 });
    await dataAfter(next);
    const end = await store.head();
    await append('s-3');
    pages.wake();
    const decoded = Promise.withResolvers<void>();
    held = decoded.promise;
    // A full page, and what the newest are to grow by.
    const reading = [dataAfter(store.start), dataAfter(end)];
    await new Promise((resolve) => setImmediate(resolve));
    isErased = true;
    pages.forget();
    decoded.resolve();
    expect(await Promise.all(reading)).toEqual([[{ $erased: true }, { $erased: true }], [{ $erased: true }]]);
    for (const at of [store.start, next, end]) expect(await dataAfter(at)).not.toContainEqual({ of: 'olly' });
  });
});

describe('the newest pages of the log', () => {
  let store: SlowStore;
  let pages: LogPages;
  let appended = 0;
  beforeEach(() => {
    store = new SlowStore();
    pages = new LogPages({ store, codec, page: 1000 });
    appended = 0;
  });

  const append = async (many = 1) => {
    for (let i = 0; i < many; i++) {
      const streamId = `s-${appended++}`;
      await store.append([{ streamId, expected: 'none', events: [newEvent({ type: 'Tested', data: {} })] }]);
    }
    pages.wake();
  };

  /** Follows the log from a place as a loop does, until it is told that this is the head. */
  const follow = async (place: { at: Position }) => {
    const seen: string[] = [];
    for (let atHead = false; !atHead;) {
      const page = await pages.all(place, place.at);
      for (const { event } of page.events) seen.push(event.streamId);
      place.at = page.next;
      ({ atHead } = page);
    }
    return seen;
  };
  const loops = (n: number) => Array.from({ length: n }, () => ({ at: store.start }));
  const streams = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `s-${from + i}`);

  it('are read once for all who are woken by the same append', async () => {
    const places = loops(10);
    for (const place of places) await follow(place);
    store.reads = 0;
    for (let round = 0; round < 20; round++) {
      await append(2);
      const seen = await Promise.all(places.map(follow));
      expect(seen).toEqual(places.map(() => streams(2 * round, 2 * round + 2)));
    }
    expect(store.reads).toBe(20);
  });

  it('serve whoever comes later from memory', async () => {
    const [early, late] = loops(2) as [{ at: Position }, { at: Position }];
    await follow(early);
    late.at = early.at;
    await append(3);
    await follow(early);
    store.reads = 0;
    expect(await follow(late)).toEqual(streams(0, 3));
    expect(store.reads).toBe(0);
  });

  it('lack nothing that was appended while they were read', async () => {
    const [one, other] = loops(2) as [{ at: Position }, { at: Position }];
    await follow(one);
    other.at = one.at;
    await append();
    const { promise, resolve: goOn } = Promise.withResolvers<void>();
    store.held = promise;
    const first = follow(one); // has read, and waits for its answer
    await append();
    const second = follow(other); // asks after the second append: the answer under way lacks it
    store.held = undefined;
    goOn();
    expect(await second).toEqual(streams(0, 2));
    expect([...(await first), ...(await follow(one))]).toEqual(streams(0, 2));
  });

  it('are read again when nobody said anything for a while: a notification may be lost', async () => {
    const [place] = loops(1) as [{ at: Position }];
    await follow(place);
    await store.append([{ streamId: 's-9', expected: 'none', events: [newEvent({ type: 'Tested', data: {} })] }]);
    const end = performance.now() + 5000;
    let seen: string[] = [];
    while (seen.length === 0 && performance.now() < end) {
      seen = await follow(place);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen).toEqual(['s-9']);
  });

  it('are kept up to a bound: who is far behind reads for himself, and misses nothing', async () => {
    const [early, late] = loops(2) as [{ at: Position }, { at: Position }];
    await follow(early);
    for (let round = 0; round < 6; round++) {
      await append(500);
      await follow(early);
    }
    expect(await follow(late)).toEqual(streams(0, 3000));
    expect(late.at).toBe(early.at);
  });
});
