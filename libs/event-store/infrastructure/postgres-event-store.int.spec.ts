import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { eventStoreContract } from '#libs/testing/event-store-contract';
import { newEvent } from '#libs/testing/events';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { EventStoreUnavailable } from '../application/errors.js';
import type { AppendResult, Expected, NewEvent, RecordedEvent } from '../application/event-store.js';
import { PostgresEventStore, type PostgresEventStoreOptions } from './postgres-event-store.js';

eventStoreContract('PostgreSQL', async () => {
  const database = await testDatabase();
  return {
    connect: async () => new PostgresEventStore({ connectionString: database.url, readers: 4 }),
    close: () => database.close(),
  };
});

describe('PostgreSQL event store', () => {
  let database: TestDatabase;
  const opened: PostgresEventStore[] = [];
  const open = (options: Partial<PostgresEventStoreOptions> = {}) => {
    const store = new PostgresEventStore({ connectionString: database.url, readers: 4, ...options });
    opened.push(store);
    return store;
  };

  beforeEach(async () => {
    database = await testDatabase();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await database.close();
  });

  const kill = (pool: Pool, application = 'countersign %') =>
    pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE $1`,
      [application],
    );

  const readLog = async (store: PostgresEventStore): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for (let after = store.start; ;) {
      const page = await store.readAll({ after, limit: 1000 });
      events.push(...page.events);
      if (page.atHead) return events;
      after = page.next;
    }
  };

  it('closes though the server of the connection that listens is frozen', async () => {
    const store = open();
    const ended = new AbortController();
    const pages = store.subscribe({ after: 'start', signal: ended.signal })[Symbol.asyncIterator]();
    await pages.next();
    let listening: number | undefined;
    while (!listening) {
      const { rows } = await database.pool.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
          WHERE datname = current_database() AND application_name = 'countersign listen' AND state = 'idle' AND query LIKE 'LISTEN%'`,
      );
      listening = rows[0]?.pid;
    }
    process.kill(listening, 'SIGSTOP');
    try {
      ended.abort();
      await store.close();
    } finally {
      process.kill(listening, 'SIGCONT');
    }
    expect((await store.health()).ok).toBe(false);
  });

  it('loses and doubles nothing while its connections are killed every 20 ms', async () => {
    const stores = [open(), open()];
    let killing = true;
    let kills = 0;
    const killer = (async () => {
      while (killing) {
        const { rowCount } = await kill(database.pool);
        kills += rowCount ?? 0;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();

    const seen: RecordedEvent[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const page of open({ pollMs: 200 }).subscribe({ after: 'start', signal: stop.signal })) {
        seen.push(...page.events);
      }
    })();

    const acknowledged: string[] = [];
    await Promise.all(
      Array.from({ length: 16 }, async (_, writer) => {
        const streamId = `writer-${writer}`;
        let expected: Expected = 'none';
        for (let turn = 0; turn < 60; turn++) {
          const events = [newEvent(), newEvent()];
          const result = await persist(stores[writer % 2]!, streamId, expected, events);
          expect(result.status).not.toBe('conflict');
          if (result.status !== 'conflict') expected = result.revisions.get(streamId)!;
          acknowledged.push(...events.map(({ id }) => id));
        }
      }),
    );
    killing = false;
    await killer;
    expect(kills).toBeGreaterThan(20);

    const stored = await readLog(stores[0]!);
    expect(stored.map(({ id }) => id).sort()).toEqual(acknowledged.sort());
    expect(stored.map(({ position }) => Number(position))).toEqual(stored.map((_, index) => index + 1));
    for (let writer = 0; writer < 16; writer++) {
      const { events, revision } = await stores[0]!.readStream(`writer-${writer}`);
      expect(revision).toBe(119n);
      expect(events.map((event) => event.revision)).toEqual(events.map((_, index) => BigInt(index)));
    }
    for (const until = Date.now() + 20_000; seen.length < stored.length && Date.now() < until;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    stop.abort();
    await following;
    expect(seen.map(({ id }) => id)).toEqual(stored.map(({ id }) => id));
  });

  it('goes on after its listening connection was cut, by listening again', async () => {
    const warnings: string[] = [];
    const store = open({ pollMs: 60_000, onWarning: (message) => warnings.push(message) });
    const seen: string[] = [];
    const stop = new AbortController();
    const following = (async () => {
      for await (const page of store.subscribe({ after: 'start', signal: stop.signal })) {
        seen.push(...page.events.map(({ id }) => id));
      }
    })();
    const arrives = async (count: number) => {
      for (const until = Date.now() + 5000; seen.length < count;) {
        if (Date.now() > until) throw new Error(`${seen.length} of ${count} events arrived.`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const write = () => store.append([{ streamId: `s-${randomUUID()}`, expected: 'none', events: [newEvent()] }]);
    await write();
    await arrives(1);
    for (let cut = 1; cut <= 3; cut++) {
      expect((await kill(database.pool, 'countersign listen')).rowCount).toBe(1);
      await write(); // while nobody listens: found by the read after the reconnection
      await arrives(2 * cut);
      await write();
      await arrives(2 * cut + 1);
    }
    stop.abort();
    await following;
    expect(warnings.length).toBeGreaterThanOrEqual(3);
  });

  it('takes what strangers notify for a reason to look', async () => {
    const store = open({ pollMs: 60_000 });
    const stop = new AbortController();
    const pages = store.subscribe({ after: 'start', signal: stop.signal })[Symbol.asyncIterator]();
    expect((await pages.next()).value).toMatchObject({ events: [], atHead: true });
    const event = newEvent();
    await insertUnnoticed(database.pool, event);
    const { value } = await Promise.all([
      pages.next(),
      database.pool.query(`SELECT pg_notify('es_events', text) FROM unnest(ARRAY['', 'a b c', '1', '1 b c']) AS text`),
    ]).then(([page]) => page);
    expect(value.events.map(({ id }: RecordedEvent) => id)).toEqual([event.id]);
    stop.abort();
    await pages.return?.();
  });

  it('polls, should a notification be lost', async () => {
    const store = open({ pollMs: 50 });
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const page of store.subscribe({ after: 'start', signal: stop.signal })) {
        seen.push(...page.events.map(({ id }) => id));
      }
    })();
    const event = newEvent();
    await insertUnnoticed(database.pool, event);
    for (const until = Date.now() + 3000; seen.length === 0 && Date.now() < until;) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    stop.abort();
    await following;
    expect(seen).toEqual([event.id]);
  });

  it('answers within its deadline when the database does not, and knows later what happened', async () => {
    const store = open({ deadlineMs: 400 });
    await store.health();
    const blocker = await database.pool.connect();
    const events = [newEvent()];
    const append = () => store.append([{ streamId: 'slow-1', expected: 'none', events }]);
    await blocker.query('SELECT pg_advisory_lock(7307, 1)');
    const waiting = Array.from({ length: 10 }, (_, index) =>
      index === 0 ? append() : store.append([{ streamId: `slow-1-${index}`, expected: 'none', events: [newEvent()] }]),
    );
    for (const result of await Promise.allSettled(waiting)) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: { code: 'event-store-unavailable', retryable: true },
      });
    }
    // All were answered while the lock is still held.
    await blocker.query('SELECT pg_advisory_unlock(7307, 1)');
    blocker.release();
    const result = await persist(store, 'slow-1', 'none', events);
    expect(result.status).not.toBe('conflict');
    expect((await store.readStream('slow-1')).revision).toBe(0n);
  });

  it('says that it is unavailable when nobody listens at its address', async () => {
    const store = open({ connectionString: 'postgres://nobody@127.0.0.1:1/none', deadlineMs: 300 });
    await expect(store.head()).rejects.toThrow(EventStoreUnavailable);
    const append = store.append([{ streamId: 'x-1', expected: 'none', events: [newEvent()] }]);
    await expect(append).rejects.toThrow(EventStoreUnavailable);
    expect(await store.health()).toMatchObject({ ok: false });
  });

  it('carries one call for many appends, and each gets its own answer', async () => {
    const store = open();
    await store.append([{ streamId: 'warm-1', expected: 'none', events: [newEvent()] }]);
    const results = await Promise.all(
      Array.from({ length: 600 }, (_, index) =>
        store.append([
          { streamId: `many-${index % 500}`, expected: 'none', events: [newEvent({ data: { index } }), newEvent()] },
        ]),
      ),
    );
    expect(results.slice(0, 500).every(({ status }) => status === 'ok')).toBe(true);
    expect(results.slice(500)).toEqual(
      Array.from({ length: 100 }, (_, index) => ({ status: 'conflict', actual: new Map([[`many-${index}`, 1n]]) })),
    );
    for (const index of [0, 255, 256, 499]) {
      expect((await store.readStream(`many-${index}`)).events[0]?.data).toEqual({ index });
    }
    const { rows } = await database.pool.query(`SELECT count(DISTINCT xmin::text)::int AS calls FROM es.events`);
    expect(rows[0].calls).toBeLessThanOrEqual(5);
  });

  it('lets nobody else fail with an append that the database refuses', async () => {
    const store = open();
    await database.pool.query(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
       CREATE TRIGGER refuse BEFORE INSERT ON es.events FOR EACH ROW WHEN (NEW.type = 'Refused') EXECUTE FUNCTION refuse()`,
    );
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        store.append([
          { streamId: `mixed-${index}`, expected: 'none', events: [newEvent({ type: index === 7 ? 'Refused' : 'T' })] },
        ]),
      ),
    );
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(results[7]).toMatchObject({ status: 'rejected', reason: { message: 'not this one' } });
  });

  it('turns appends away when far too many wait', async () => {
    const store = open({ deadlineMs: 2000 });
    const blocker = await database.pool.connect();
    await blocker.query('SELECT pg_advisory_lock(7307, 1)');
    const waiting = Array.from({ length: 10_400 }, (_, index) =>
      store.append([{ streamId: `queue-${index}`, expected: 'none', events: [newEvent()] }]),
    );
    const early = await Promise.race([Promise.allSettled(waiting.slice(-50)), pauseFor(500)]);
    expect(early).toEqual(Array(50).fill(expect.objectContaining({ status: 'rejected' })));
    await blocker.query('SELECT pg_advisory_unlock(7307, 1)');
    blocker.release();
    await Promise.allSettled(waiting);
  });
});

const pauseFor = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** What a client does that wants to know: the same again until there is an answer. */
async function persist(
  store: PostgresEventStore,
  streamId: string,
  expected: Expected,
  events: readonly NewEvent[],
): Promise<AppendResult> {
  for (let tries = 1; ; tries++) {
    try {
      return await store.append([{ streamId, expected, events }]);
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable) || tries === 50) throw error;
    }
  }
}

const insertUnnoticed = (pool: Pool, { id, type, data, metadata }: NewEvent) =>
  pool.query(
    `INSERT INTO es.events (position, stream_id, revision, event_id, type, schema_version, workspace_id, data, metadata)
     VALUES (1, 'unnoticed-1', 0, $1, $2, 1, 'demo', $3, $4)`,
    [id, type, JSON.stringify(data), JSON.stringify(metadata)],
  );
