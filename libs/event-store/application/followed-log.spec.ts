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
import { FollowedLog } from './followed-log.js';

type Tested = DomainEvent<'Tested', { n: number }>;

/** A store that is away at the first few reads. */
class ShakyStore extends InMemoryEventStore {
  failures = 0;
  override readAll(...asked: Parameters<InMemoryEventStore['readAll']>) {
    if (this.failures-- > 0) return Promise.reject(new EventStoreUnavailable('away'));
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
