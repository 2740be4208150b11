import { getEventListeners } from 'node:events';
import { Type } from 'typebox';
import { defineEvent } from '#libs/kernel/domain/define-event';
import type { DomainEvent } from '#libs/kernel/domain/message';
import { newEvent } from '#libs/testing/events';
import { InMemoryEventStore } from '../infrastructure/in-memory-event-store.js';
import { InMemorySubjectKeys } from '../infrastructure/in-memory-subject-keys.js';
import { Codec } from './codec.js';
import { EventStoreUnavailable } from './errors.js';
import { EventRegistry } from './event-registry.js';
import type { Position } from './event-store.js';
import { FollowedLog } from './followed-log.js';

type Tested = DomainEvent<'Tested', { n: number }>;

/** A store that is away at the first few reads. */
class ShakyStore extends InMemoryEventStore {
  failures = 0;
  looks = 0;
  /** What a look takes. */
  pace: Promise<void> = Promise.resolve();
  override async readAll(...asked: Parameters<InMemoryEventStore['readAll']>) {
    this.looks += 1;
    if (this.failures-- > 0) throw new EventStoreUnavailable('away');
    await this.pace;
    return super.readAll(...asked);
  }
}

const POISON = 13;

describe('a log that is followed', () => {
  let store: ShakyStore;
  let log: FollowedLog<Tested>;
  let folded: number[];
  beforeEach(() => {
    store = new ShakyStore();
    folded = [];
    const Data = Type.Object({ n: Type.Integer() });
    const registry = new EventRegistry([defineEvent('Tested', { schema: Data, sample: { n: 1 } })]);
    log = new FollowedLog<Tested>(store, new Codec(registry, new InMemorySubjectKeys()), {
      name: 'test',
      types: ['Tested'],
      fold: ({ data: { n } }) => {
        if (n === POISON) throw new RangeError('nobody can take that in');
        folded.push(n);
      },
    });
  });
  afterEach(async () => {
    await log.stop();
    await store.close();
  });

  const append = async (...numbers: number[]) => {
    const events = numbers.map((n) => newEvent({ type: 'Tested', data: { n } }));
    const result = await store.append([{ streamId: `s-${numbers.join('-')}`, expected: 'none', events }]);
    if (result.status === 'conflict') throw new Error('conflict');
    return result.position;
  };

  it('is caught up with before anybody asks, and as soon as an event is waited for', async () => {
    await append(1, 2);
    await log.start();
    expect(folded).toEqual([1, 2]);
    await log.reached(await append(3));
    expect(folded).toEqual([1, 2, 3]);
  });

  it('is tried again while it is away, and leaves nothing behind of that', async () => {
    const { signal } = (log as unknown as { stopping: AbortController }).stopping;
    await append(1);
    store.failures = 2;
    await log.start();
    expect(folded).toEqual([1]);
    expect(getEventListeners(signal, 'abort').length).toBeLessThan(2); // that of the subscription
  });

  it('is looked at once for all who wait for what may never come, and no more when they have gone', async () => {
    await log.start();
    const { promise, resolve: goOn } = Promise.withResolvers<void>();
    const looked = new Promise<void>((resolve) => {
      const { readAll } = store;
      store.readAll = (...asked) => (resolve(), readAll.apply(store, asked));
    });
    const [before, gone] = [store.looks, new AbortController()];
    store.pace = promise;
    const waiting = Promise.all(Array.from({ length: 20 }, () => log.reached('999' as Position, gone.signal)));
    await looked;
    await new Promise((resolve) => setTimeout(resolve, 50)); // so that the others would look too
    gone.abort();
    goOn();
    await waiting;
    expect(store.looks - before).toBe(1);
  });

  it('is not tried for ever when there is an event in it that nobody can take in', async () => {
    await append(1);
    await append(2, POISON, 3);
    await expect(log.start()).rejects.toThrow('nobody can take that in');
    expect(folded).toEqual([1, 2]);
  });

  it('tells whoever waits for such an event, and takes in nothing twice', async () => {
    await log.start();
    const position = await append(1, 2, POISON);
    await expect(log.reached(position)).rejects.toThrow('nobody can take that in');
    await expect(log.current()).rejects.toThrow('nobody can take that in');
    expect(folded).toEqual([1, 2]);
  });

  it('is known up to an event that only a newer program can read', async () => {
    await log.start();
    const first = newEvent({ type: 'Tested', data: { n: 1 } });
    const newer = newEvent({ type: 'Tested', schemaVersion: 2, data: { n: 2 } });
    await store.append([{ streamId: 's', expected: 'none', events: [first, newer] }]);
    const [known, unknown] = (await store.readStream('s')).events;
    await log.reached(known!.position);
    expect(folded).toEqual([1]);
    await expect(log.reached(unknown!.position)).rejects.toThrow('Tested');
    await log.reached(known!.position);
    expect(folded).toEqual([1]);
  });
});
