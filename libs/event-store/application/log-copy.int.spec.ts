import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import { newEvent, storedMetadata } from '#libs/testing/events';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { InMemoryEventStore } from '../infrastructure/in-memory-event-store.js';
import { PostgresEventStore } from '../infrastructure/postgres-event-store.js';
import type { EventStore } from './event-store.js';
import { compareLogs, copyLog, LogsDiffer } from './log-copy.js';

let database: TestDatabase;
let postgres: PostgresEventStore;
beforeEach(async () => {
  database = await testDatabase();
  postgres = new PostgresEventStore({ connectionString: database.url });
});
afterEach(async () => {
  await postgres.close();
  await database.close();
});

/** 2,500 events in 40 streams, in appends of one to three, some over two streams. */
async function fill(store: EventStore): Promise<void> {
  const revisions = new Map<string, bigint>();
  for (let written = 0, turn = 0; written < 2500; turn++) {
    const writes = [turn % 40, (turn * 7 + 3) % 40].slice(0, turn % 5 === 0 && (turn * 6 + 3) % 40 !== 0 ? 2 : 1);
    const metadata = storedMetadata({ commandId: `command-${turn}` });
    const made = [...new Set(writes)].map((stream) => {
      const streamId = `stream-${stream}`;
      const events = Array.from({ length: 1 + (turn % 3) }, () =>
        newEvent({ metadata, data: { turn, text: `ł${turn}\u0000`, nested: { b: [1, { a: null }] } } }),
      );
      written += events.length;
      const expected = revisions.get(streamId) ?? ('none' as const);
      revisions.set(streamId, (revisions.get(streamId) ?? -1n) + BigInt(events.length));
      return { streamId, expected, events };
    });
    const result = await store.append([made[0]!, ...made.slice(1)]);
    expect(result.status).toBe('ok');
  }
}

const hashing = new NodeHashing();
const one = (streamId: string, text: string) => ({
  streamId,
  expected: 'none' as const,
  events: [newEvent({ id: '11111111-1111-4111-8111-111111111111', data: { text } })],
});

describe('copying a log', () => {
  it('makes an equal one, from memory to PostgreSQL and back, in the same order', async () => {
    const source = new InMemoryEventStore();
    await fill(source);
    const seen: number[] = [];
    const done = await copyLog(source, postgres, { onProgress: ({ events }) => seen.push(events) });
    expect(done).toEqual({ events: seen.at(-1), present: 0, upTo: await source.head() });
    const back = new InMemoryEventStore();
    await copyLog(postgres, back);

    const { equal, sha256, events } = await compareLogs(source, postgres, hashing);
    expect({ equal, same: sha256[0] === sha256[1] }).toEqual({ equal: true, same: true });
    expect(events[0]).toBeGreaterThanOrEqual(2500);
    expect((await compareLogs(source, back, hashing)).sha256).toEqual([sha256[0], sha256[0]]);

    const { rows } = await database.pool.query(`SELECT data::text FROM es.events WHERE position = 1`);
    expect(rows[0].data).toBe('{"nested":{"b":[1,{"a":null}]},"text":"ł0\\u0000","turn":0}');
  });

  it('ends where it is told to, however much is written meanwhile', async () => {
    let reads = 0;
    /** More than a page is written at every read. */
    class Busy extends InMemoryEventStore {
      override async readAll(options: Parameters<EventStore['readAll']>[0]): ReturnType<EventStore['readAll']> {
        if (++reads > 20) throw new Error('runs after the writers');
        const events = Array.from({ length: 1200 }, () => newEvent());
        await this.append([{ streamId: `busy-${reads}`, expected: 'none', events }]);
        return await super.readAll(options);
      }
    }
    const source = new Busy();
    await fill(source);
    const upTo = await source.head();
    const { events } = await copyLog(source, new InMemoryEventStore(), { upTo });
    expect(events).toBeGreaterThanOrEqual(2500);
    expect(reads).toBeLessThanOrEqual(4);
  });

  it('goes on where it was interrupted, also in the middle of a page', async () => {
    const source = new InMemoryEventStore();
    await fill(source);
    const stop = new AbortController();
    const interrupted = copyLog(source, postgres, { onProgress: () => stop.abort(), signal: stop.signal });
    await expect(interrupted).rejects.toThrow();
    // The next process dies within a page: a part of its appends has happened.
    const { events } = await source.readAll({ after: '1000' as never, limit: 300 });
    for (const event of events) {
      const expected = event.revision === 0n ? ('none' as const) : event.revision - 1n;
      await postgres.append([{ streamId: event.streamId, expected, events: [event] }]);
    }
    const { present, events: total } = await copyLog(source, postgres);
    expect(present).toBeGreaterThanOrEqual(1200);
    expect((await compareLogs(source, postgres, hashing)).equal).toBe(true);
    expect((await copyLog(source, postgres)).present).toBe(total);
  });

  it('refuses a target that holds something else', async () => {
    const source = new InMemoryEventStore();
    await fill(source);
    await postgres.append([{ streamId: 'stream-3', expected: 'none', events: [newEvent()] }]);
    await expect(copyLog(source, postgres)).rejects.toThrow(LogsDiffer);
  });
});

describe('comparing logs', () => {
  it('finds a changed byte, a missing event, another order', async () => {
    const make = async (...writes: ReturnType<typeof one>[]) => {
      const store = new InMemoryEventStore();
      for (const write of writes) await store.append([write]);
      return store;
    };
    const other = { streamId: 'b-1', expected: 'none' as const, events: [newEvent()] };
    const whole = await make(one('a-1', 'x'), other);
    const compare = async (store: EventStore) => {
      const { equal, events, difference } = await compareLogs(whole, store, hashing);
      return { equal, events, at: difference && `${difference.streamId}@${difference.revision}` };
    };
    expect(await compare(await make(one('a-1', 'x'), other))).toEqual({ equal: true, events: [2, 2], at: undefined });
    expect(await compare(await make(one('a-1', 'y'), other))).toEqual({ equal: false, events: [2, 2], at: 'a-1@0' });
    expect(await compare(await make(one('a-1', 'x')))).toEqual({ equal: false, events: [2, 1], at: 'b-1@0' });
    expect(await compare(await make(other, one('a-1', 'x')))).toEqual({ equal: false, events: [2, 2], at: 'a-1@0' });
  });
});
