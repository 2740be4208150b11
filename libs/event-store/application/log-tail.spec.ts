import { newEvent } from '#libs/testing/events';
import { InMemoryEventStore } from '../infrastructure/in-memory-event-store.js';
import type { Position } from './event-store.js';
import { LogTail } from './log-tail.js';

/** A store that counts how often it is asked. */
class CountingStore extends InMemoryEventStore {
  reads = 0;
  override readAll(...asked: Parameters<InMemoryEventStore['readAll']>) {
    this.reads++;
    return super.readAll(...asked);
  }
}

const NEVER = new AbortController().signal;

describe('the tail of the log', () => {
  let store: CountingStore;
  let leave: (() => void)[];
  beforeEach(() => {
    store = new CountingStore();
    leave = [];
  });
  afterEach(async () => {
    for (const each of leave) each();
    await store.close();
  });

  const tailOf = (keep?: number) => {
    const tail = new LogTail<{ position: Position; n: number }>(store, {
      name: 'test',
      types: ['Tested'],
      pick: ({ position, data }) => ({ position, n: data['n'] as number }),
      ...(keep !== undefined && { keep }),
    });
    leave.push(tail.enter());
    return tail;
  };
  let count = 0;
  const append = async (many: number, type = 'Tested') => {
    for (let i = 0; i < many; i++)
      await store.append([
        { streamId: `s-${count}`, expected: 'none', events: [newEvent({ type, data: { n: count++ } })] },
      ]);
  };
  const take = async (tail: ReturnType<typeof tailOf>, from: Position, many: number) => {
    const taken: number[] = [];
    let place = from;
    while (taken.length < many) {
      const { events, next } = await tail.next(place, 1000, NEVER);
      taken.push(...events.map(({ n }) => n));
      place = next;
    }
    return { taken, place };
  };
  beforeEach(() => (count = 0));
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

  it('gives all who follow the same events, each in its order, and asks the log once for all', async () => {
    const tail = tailOf();
    const start = await store.head();
    await tail.next(start, 0, NEVER);
    const followers = Array.from({ length: 50 }, () => take(tail, start, 40));
    await append(40);
    for (const { taken } of await Promise.all(followers)) expect(taken).toEqual(numbers(0, 40));
    expect(store.reads).toBeLessThan(50);
  });

  it('answers whoever waits also behind events of which nothing is picked', async () => {
    const tail = new LogTail(store, { name: 'test', types: ['Tested'], pick: () => undefined });
    leave.push(tail.enter());
    const start = await store.head();
    const answered = (async () => {
      let place = start;
      while (store.compare(place, start) <= 0) place = (await tail.next(place, 60_000, NEVER)).next;
      return place;
    })();
    await append(1);
    expect(await answered).toBe(await store.head());
  });

  it('reads the log for whoever is behind what is kept, and goes on from there without a gap', async () => {
    const start = await store.head();
    await append(700);
    const tail = tailOf(10);
    const early = take(tail, start, 900);
    await append(200);
    expect((await early).taken).toEqual(numbers(0, 900));
  });

  it('begins in the middle of what is kept', async () => {
    const tail = tailOf();
    const start = await store.head();
    await tail.next(start, 0, NEVER);
    await append(5);
    const all = (await store.readAll({ after: start, limit: 10 })).events;
    for (const [index, { position }] of all.slice(0, 4).entries())
      expect((await take(tail, position, 4 - index)).taken).toEqual(numbers(index + 1, 5));
  });

  it('does not turn round and round when nothing comes, or nothing of ours', async () => {
    const tail = tailOf();
    let place = await store.head();
    await append(3, 'Other');
    const reads = store.reads;
    let turns = 0;
    const end = performance.now() + 300;
    for (; performance.now() < end; turns++) ({ next: place } = await tail.next(place, 50, NEVER));
    expect(turns).toBeLessThan(20);
    expect(store.reads - reads).toBeLessThan(10);
  });

  it('answers at once when its user goes, and reads no more without users', async () => {
    const tail = tailOf();
    const going = new AbortController();
    const waiting = tail.next(await store.head(), 60_000, going.signal);
    going.abort();
    expect((await waiting).events).toEqual([]);
    leave.pop()!();
    const reads = store.reads;
    await append(5);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(store.reads).toBe(reads);
  });
});
