import { jest } from '@jest/globals';
import type { EventStore, Page, Position } from '#libs/event-store/application/event-store';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { fold, type ProjectionGroup, type Rows } from '../application/projection.js';
import { asFold } from '../application/working-set.js';
import { defaultTuning, type Tuning } from './context.js';
import {
  append,
  closed,
  type DeskEvent,
  type DeskRow,
  deskCodec,
  deskFold,
  desks,
  liveRows,
  moved,
  notebook,
  opened,
  POISON,
  sleep,
  until,
} from './desks.examples.js';
import { lock, tryLead } from './checkpoints.js';
import { GroupLoop } from './group-loop.js';
import { LogPages, type EventDecoder } from './log-pages.js';
import { Portions } from './portions.js';
import { Processing } from './processing.js';
import { dropRetired } from './retired-builds.js';
import { Session } from './session.js';

jest.setTimeout(120_000);

describe('projections', () => {
  let database: TestDatabase;
  let store: EventStore;
  let running: Processing[] = [];
  const log = notebook();

  beforeEach(async () => {
    database = await testDatabase();
    store = new PostgresEventStore({ connectionString: database.url });
    log.errors.length = 0;
  });
  afterEach(async () => {
    await Promise.all(running.map((processing) => processing.stop()));
    running = [];
    await store.close();
    await database.close();
  });

  const processing = (
    options: { group?: ProjectionGroup; log?: EventStore; codec?: EventDecoder; tuning?: Partial<Tuning> } = {},
  ) => {
    const made = new Processing({
      store: options.log ?? store,
      codec: options.codec ?? deskCodec,
      database: { connectionString: database.url },
      groups: [options.group ?? desks()],
      log,
      tuning: { pollMs: 200, ...options.tuning },
    });
    running.push(made);
    return made;
  };
  const started = async (options: Parameters<typeof processing>[0] = {}) => {
    const made = processing(options);
    await made.start(['projections']);
    expect(await made.ready(20_000)).toBe(true);
    return made;
  };
  const stop = async (made: Processing) => {
    running = running.filter((other) => other !== made);
    await made.stop();
  };
  const table = async (made: Processing, name: string) =>
    (await database.pool.query(`SELECT * FROM ${made.readModels.tableName('desks', name)} ORDER BY 1, 2`)).rows;

  const rooms = ['hall', 'attic', 'garden', 'library'];
  /** Many desks, moved about in turns; always the same. */
  const history = async (streams: number, rounds: number, log: EventStore = store) => {
    let position = log.start;
    for (let i = 0; i < streams; i++) position = await append(log, `desk-${i}`, opened(`desk ${i}`));
    for (let round = 0; round < rounds; round++)
      for (let i = 0; i < streams; i++) {
        const ends = (i + round) % 17 === 16;
        position = await append(log, `desk-${i}`, ends ? closed() : moved(rooms[(i * 7 + round * 3) % 4] as string));
        if (ends) position = await append(log, `desk-${i}`, opened(`desk ${i} again`));
      }
    return position;
  };

  it('reads its own writes', async () => {
    const made = await started();
    for (let i = 0; i < 20; i++) {
      const position = await append(store, `desk-${i}`, opened(), moved('attic'));
      await made.waitGate.waitFor('desks', position, 2000);
      expect(await table(made, 'desk')).toHaveLength(i + 1);
    }
    expect(await table(made, 'desk_counts')).toEqual([{ workspace_id: 'demo', room: 'attic', n: '20' }]);
    expect(await table(made, 'desk_log')).toHaveLength(40);
  });

  it('says read-model-behind when a position is not reached', async () => {
    const made = await started();
    await expect(made.waitGate.waitFor('desks', '1000000', 100)).rejects.toMatchObject({
      code: 'read-model-behind',
      kind: 'unavailable',
      retryable: true,
    });
  });

  it('waits in a process that does not run projections', async () => {
    await started();
    const reader = processing();
    await reader.start([]);
    for (let i = 0; i < 50; i++) {
      const position = await append(store, `desk-${i}`, opened());
      await reader.waitGate.waitFor('desks', position, 2000);
      expect(await table(reader, 'desk')).toHaveLength(i + 1);
    }
  });

  it.each(['postgres', 'memory'] as const)('folds the same from %s, however it is cut', async (kind) => {
    const source = kind === 'postgres' ? store : new InMemoryEventStore();
    const position = await history(12, 20, source);
    const oneShot = await started({ log: source });
    const expected = await liveRows(database.pool);
    expect(expected['desk']).toHaveLength(12);
    await stop(oneShot);

    for (const [page, hotPartitions] of [
      [1, 0],
      [7, 2],
      [13, 1000],
    ] as const) {
      await database.pool.query('DELETE FROM processing.processors');
      for (const { tablename } of (await database.pool.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'rm'`))
        .rows)
        await database.pool.query(`DROP TABLE rm."${tablename}"`);
      const cut = await started({ log: source, tuning: { page, batch: page, buildBatch: page, hotPartitions } });
      await cut.waitGate.waitFor('desks', position, 20_000);
      expect(await liveRows(database.pool)).toEqual(expected);
      await cut.control.rebuild('desks');
      expect(await liveRows(database.pool)).toEqual(expected);
      await stop(cut);
    }
  });

  it('finds the rows of a partition that several streams feed, also when one of them begins', async () => {
    const numberOf = ({ streamId }: { streamId: string }) => streamId.slice(streamId.indexOf('-') + 1);
    const furniture = fold<DeskEvent, { number: string; pieces: number }>({
      table: { name: 'furniture', columns: { number: 'text', pieces: 'integer' }, primaryKey: ['number'] },
      partitionColumn: 'number',
      partition: numberOf,
      on: {
        DeskOpened: (rows, event) => {
          const number = numberOf(event);
          rows.put({ number, pieces: (rows.get(number)?.pieces ?? 0) + 1 });
        },
      },
    });
    const group = { name: 'desks', version: 1, projections: [furniture] };
    const made = await started({ group, tuning: { hotPartitions: 0 } });
    for (const streamId of ['desk-7', 'desk-8', 'chair-7'])
      await made.waitGate.waitFor('desks', await append(store, streamId, opened()), 5000);
    expect(log.errors).toEqual([]);
    expect(await table(made, 'furniture')).toEqual([
      { number: '7', pieces: 2 },
      { number: '8', pieces: 1 },
    ]);
  });

  it('keeps the rows in flight while there is room for hardly any, also when they are copied in', async () => {
    const source = new InMemoryEventStore();
    const made = await started({ log: source, tuning: { page: 100, batch: 100, buildBatch: 100, hotPartitions: 1 } });
    await made.waitGate.waitFor('desks', await history(300, 3, source), 30_000);
    const rows = await liveRows(database.pool);
    expect(log.errors).toEqual([]);
    expect(rows['desk']).toHaveLength(300);
    await stop(made);
    const roomy = await started({ log: source });
    await roomy.control.rebuild('desks');
    expect(await liveRows(database.pool)).toEqual(rows);
  });

  it('applies an event once when the log gives it twice at the border of a batch', async () => {
    await history(5, 6);
    const expected = await started().then(async (made) => {
      const rows = await liveRows(database.pool);
      await made.control.rebuild('desks');
      expect(await liveRows(database.pool)).toEqual(rows);
      await stop(made);
      return rows;
    });
    /** Begins each page with the last events of the one before. */
    const stutter = new Proxy(store, {
      get: (target, property) => {
        if (property === 'readAll')
          return async (options: { after: Position | 'start'; limit: number }): Promise<Page> => {
            const back = options.after === 'start' ? 0n : BigInt(options.after);
            const after = String(back > 3n ? back - 3n : 0n) as Position;
            return await target.readAll({ ...options, after, limit: options.limit + 3 });
          };
        const value = Reflect.get(target, property) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const made = await started({
      group: desks({ version: 2 }),
      log: stutter,
      tuning: { page: 5, batch: 5, buildBatch: 5 },
    });
    expect(await liveRows(database.pool)).toEqual(expected);
    await stop(made);
  });

  it('never moves a checkpoint back for a head that is older than the checkpoint', async () => {
    const position = await history(3, 3);
    const made = await started();
    await made.waitGate.waitFor('desks', position, 5000);
    await stop(made);
    const before = await database.pool.query('SELECT position, epoch FROM processing.processors');
    // A snapshot from before: it ends at position 2, and says that this is the head.
    const stale = new Proxy(store, {
      get: (target, property) => {
        if (property === 'readAll')
          return async (options: { after: Position | 'start'; limit: number }): Promise<Page> => {
            const page = await target.readAll({ ...options, after: 'start', limit: 2 });
            return { ...page, atHead: true };
          };
        const value = Reflect.get(target, property) as unknown;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
    const confused = await started({ log: stale, tuning: { pollMs: 20 } });
    await sleep(300);
    await stop(confused);
    const after = await database.pool.query('SELECT position, epoch FROM processing.processors');
    expect(after.rows).toEqual(before.rows);
  });

  it('applies each event exactly once while its connections are killed', async () => {
    const made = await started({ tuning: { page: 20, batch: 20, hotPartitions: 5 } });
    let killing = true;
    let kills = 0;
    const killer = (async () => {
      while (killing) {
        await sleep(25);
        const { rowCount } = await database.pool.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'countersign processing' AND datname = current_database() AND pid <> pg_backend_pid()
            ORDER BY random() LIMIT 1`,
        );
        kills += rowCount ?? 0;
      }
    })();
    const position = await history(10, 40);
    await sleep(1000);
    killing = false;
    await killer;
    await made.waitGate.waitFor('desks', position, 30_000);
    const rows = await liveRows(database.pool);
    const { rows: stored } = await database.pool.query<{ n: string }>('SELECT count(*) AS n FROM es.events');
    expect(rows['desk_log']).toHaveLength(Number(stored[0]?.n));
    await made.control.rebuild('desks');
    expect(await liveRows(database.pool)).toEqual(rows);
    expect(kills).toBeGreaterThan(20);
  });

  it('switches all tables at once, and no reader sees an empty or half table', async () => {
    const made = await started({ tuning: { graceMs: 100, pollMs: 50 } });
    const position = await history(40, 3);
    await made.waitGate.waitFor('desks', position, 5000);
    const expected = await liveRows(database.pool);
    let reading = true;
    const seen = { reads: 0, names: new Set<string>() };
    const readers = Array.from({ length: 3 }, async () => {
      while (reading) {
        const { rows } = await made.readModels.read('desks', (name) => {
          seen.names.add(name('desk'));
          return database.pool.query(
            `SELECT (SELECT count(*) FROM ${name('desk')}) AS desks, (SELECT sum(n) FROM ${name('desk_counts')}) AS counted,
                    (SELECT count(*) FROM ${name('desk_log')}) AS logged`,
          );
        });
        expect(rows).toEqual([{ desks: '40', counted: '40', logged: String(expected['desk_log']?.length) }]);
        seen.reads += 1;
      }
    });
    for (let i = 0; i < 4; i++) {
      const progress: number[] = [];
      const result = await made.control.rebuild('desks', {
        onProgress: ({ fraction }) => void progress.push(fraction),
      });
      expect(result).toMatchObject({ done: true, fraction: 1, build: i + 2 });
      expect(progress.at(-1)).toBe(1);
      await sleep(300); // past the grace: the old tables are dropped under the readers
    }
    reading = false;
    await Promise.all(readers);
    expect(seen.names.size).toBe(5);
    expect(seen.reads).toBeGreaterThan(20);
    expect(await liveRows(database.pool)).toEqual(expected);
    const { rows } = await database.pool.query(
      `SELECT count(DISTINCT substring(tablename FROM '_b\\d+$')) AS builds FROM pg_tables WHERE schemaname = 'rm'`,
    );
    expect(Number(rows[0].builds)).toBeLessThanOrEqual(2);
  });

  it('clears an old build away however long the database takes, and leaves one alone that is read', async () => {
    const made = await started({ tuning: { graceMs: 3_600_000 } });
    await made.waitGate.waitFor('desks', await history(3, 3), 5000);
    await made.control.rebuild('desks');
    await stop(made);
    const tables = async () => (await database.pool.query(`SELECT to_regclass('rm.desk_v1_b1') AS desk`)).rows;
    const session = await Session.open({ connectionString: database.url, answerMs: 700 });
    const reader = await database.pool.connect();
    try {
      await reader.query('BEGIN; LOCK TABLE rm.desk_v1_b1 IN ACCESS SHARE MODE');
      await dropRetired(session, log, 0);
      expect(await tables()).toEqual([{ desk: 'rm.desk_v1_b1' }]);
    } finally {
      await reader.query('ROLLBACK');
      reader.release();
    }
    await dropRetired(session, log, 0);
    expect(await tables()).toEqual([{ desk: null }]);
    await session.close();
  });

  it('loses nothing that is written while it is rebuilt', async () => {
    const made = await started({ tuning: { page: 10, buildBatch: 10 } });
    await history(10, 5);
    let writing = true;
    const writer = (async () => {
      let position = store.start;
      for (let i = 0; writing; i++) position = await append(store, `desk-${i % 10}`, moved(rooms[i % 4] as string));
      return position;
    })();
    await made.control.rebuild('desks');
    await made.control.rebuild('desks');
    writing = false;
    await made.waitGate.waitFor('desks', await writer, 10_000);
    const rows = await liveRows(database.pool);
    await made.control.rebuild('desks');
    expect(await liveRows(database.pool)).toEqual(rows);
  });

  it('finds nothing when it is rebuilt that was erased the moment before', async () => {
    let isErased = false;
    const codec: EventDecoder = {
      raw: (event) => deskCodec.raw(event),
      decode: async (events) =>
        (await deskCodec.decode(events)).map((event) => (isErased ? { ...event, data: { title: 'erased' } } : event)),
    };
    const made = await started({ codec });
    await made.waitGate.waitFor('desks', await append(store, 'desk-1', opened('of olly')), 5000);
    isErased = true;
    await made.control.rebuild('desks');
    expect((await table(made, 'desk')).map(({ title }) => title as string)).toEqual(['erased']);
  });

  it('rebuilds where no worker runs', async () => {
    const position = await history(3, 3);
    await stop(await started());
    const tool = processing();
    await tool.start([]);
    expect(await tool.control.rebuild('desks')).toMatchObject({ done: true, build: 2 });
    await tool.waitGate.waitFor('desks', position, 1000);
    expect(tool.readModels.tableName('desks', 'desk')).toBe('rm.desk_v1_b2');
  });

  it('builds a new version beside the one that is read', async () => {
    const position = await history(3, 3);
    const old = await started();
    const next = await started({ group: desks({ version: 2 }) });
    await next.waitGate.waitFor('desks', position, 5000);
    expect(old.readModels.tableName('desks', 'desk')).toBe('rm.desk_v1_b1');
    expect(next.readModels.tableName('desks', 'desk')).toBe('rm.desk_v2_b1');
    const later = await append(store, 'desk-9', opened());
    await Promise.all([old, next].map((made) => made.waitGate.waitFor('desks', later, 5000)));
    expect(await table(old, 'desk')).toEqual(await table(next, 'desk'));
  });

  it('is not ready before its version is built', async () => {
    const made = processing();
    await made.start([]);
    expect(await made.control.liveBuilds()).toEqual({ ok: false, missing: ['desks'] });
    expect(() => made.readModels.tableName('desks', 'desk')).toThrow(
      expect.objectContaining({ code: 'read-model-behind' }),
    );
    await started();
    expect(await made.control.liveBuilds()).toEqual({ ok: true, missing: [] });
  });

  describe('a poison event', () => {
    it('parks its desk only, keeps the log complete, and is applied after a fix', async () => {
      const made = await started();
      await append(store, 'desk-1', opened('one'), moved('attic'));
      await append(store, 'desk-2', opened('two'));
      await append(store, 'desk-1', moved(POISON), moved('garden'));
      const position = await append(store, 'desk-2', moved('library'));
      await made.waitGate.waitFor('desks', position, 5000);
      expect(await table(made, 'desk')).toMatchObject([
        { desk_id: 'desk-1', room: 'attic' },
        { desk_id: 'desk-2', room: 'library' },
      ]);
      expect(await table(made, 'desk_log')).toHaveLength(6);
      expect(await table(made, 'desk_visit')).toMatchObject([{ room: 'attic' }, { room: 'library' }]);
      const last = await append(store, 'desk-1', moved('hall'));
      await made.waitGate.waitFor('desks', last, 5000);
      expect(await made.control.parked('desks')).toMatchObject([
        { partition: 'desk-1', events: 3, error: 'Error: nobody can go there', attempts: 0 },
      ]);
      await until(async () => (await made.readModels.stale('desks', ['desk-1', 'desk-2'])).size === 1);
      expect(await made.readModels.stale('desks', ['desk-1', 'desk-2'])).toEqual(new Set(['desk-1']));
      expect(log.errors).toHaveLength(1);

      expect(await made.control.retryParked('desks')).toEqual({ applied: 0, parked: 3 });
      expect(await made.control.parked()).toMatchObject([{ attempts: 1 }]);
      await stop(made);

      const fixed = await started({ group: desks({ cellarWorks: true }) });
      expect(await fixed.control.retryParked('desks', 'desk-1')).toEqual({ applied: 3, parked: 0 });
      expect(await table(fixed, 'desk')).toMatchObject([
        { desk_id: 'desk-1', room: 'hall', moves: 4 },
        { desk_id: 'desk-2' },
      ]);
      expect(await fixed.readModels.stale('desks', ['desk-1'])).toEqual(new Set());
      const after = await append(store, 'desk-1', moved('attic'));
      await fixed.waitGate.waitFor('desks', after, 5000);
      const rows = await liveRows(database.pool);
      await fixed.control.rebuild('desks');
      expect(await liveRows(database.pool)).toEqual(rows);
    });

    it('is applied by command while the group goes on', async () => {
      let cellarWorks = false;
      const works = asFold(deskFold(true));
      const fails = asFold(deskFold());
      const mended = Object.defineProperty({ ...fails }, 'on', { get: () => (cellarWorks ? works : fails).on });
      const [, ...others] = desks().projections;
      const made = await started({ group: { name: 'desks', version: 1, projections: [mended as never, ...others] } });
      const position = await append(store, 'desk-1', opened(), moved('attic'), moved(POISON), moved('garden'));
      await made.waitGate.waitFor('desks', position, 5000);
      expect(await made.control.parked()).toMatchObject([{ events: 2 }]);
      cellarWorks = true;
      expect(await made.control.retryParked('desks')).toEqual({ applied: 2, parked: 0 });
      const later = await append(store, 'desk-1', moved('library'));
      await made.waitGate.waitFor('desks', later, 5000);
      expect(await made.control.parked()).toEqual([]);
      expect(await table(made, 'desk')).toMatchObject([{ room: 'library', moves: 4 }]);
      expect(await table(made, 'desk_counts')).toMatchObject([{ room: 'library', n: '1' }]);
    });

    it('is applied by command in several partitions, whatever changes in each of them', async () => {
      const made = await started();
      await append(store, 'desk-1', opened(), moved(POISON));
      const position = await append(store, 'desk-2', opened(), moved('attic'), moved('hall'), moved(POISON));
      await made.waitGate.waitFor('desks', position, 5000);
      await stop(made);
      /** The one desk has its title changed by what waits for it, the other its room. */
      const works = asFold(deskFold(true));
      const DeskMoved = (
        rows: Rows<DeskRow>,
        { streamId, data: { to } }: { streamId: string; data: { to: string } },
      ) => {
        const row = rows.get(streamId);
        if (row) rows.put({ ...row, ...(streamId === 'desk-1' ? { title: to } : { room: to }) });
      };
      const [, ...others] = desks().projections;
      const uneven = { ...works, on: { ...works.on, DeskMoved } } as never;
      const fixed = await started({ group: { name: 'desks', version: 1, projections: [uneven, ...others] } });
      expect(await fixed.control.retryParked('desks')).toEqual({ applied: 2, parked: 0 });
      expect(await table(fixed, 'desk')).toMatchObject([
        { desk_id: 'desk-1', room: 'hall', title: POISON },
        { desk_id: 'desk-2', room: POISON },
      ]);
    });

    it('is found when only the database refuses it', async () => {
      const made = await started();
      await history(4, 2);
      await append(store, 'desk-bad', opened('nul \u0000 byte'), moved('attic'));
      const position = await append(store, 'desk-good', opened('fine'));
      await made.waitGate.waitFor('desks', position, 5000);
      expect(await made.control.parked()).toMatchObject([
        { partition: 'desk-bad', events: 2, error: 'desk: PostgreSQL said 22021' },
      ]);
      expect((await table(made, 'desk')).map(({ desk_id }) => String(desk_id))).toEqual(
        expect.arrayContaining(['desk-0', 'desk-1', 'desk-2', 'desk-3', 'desk-good']),
      );
      expect(await table(made, 'desk_log')).toHaveLength(15);
      await made.control.rebuild('desks');
      expect(await made.control.parked()).toMatchObject([{ partition: 'desk-bad', events: 2 }]);
    });

    it('is found at once while catching up, when rows are asked for in the transaction that it has spoiled', async () => {
      /** The next page comes when the page before has failed to be written. */
      class SlowLog extends PostgresEventStore {
        override async readAll(options: Parameters<EventStore['readAll']>[0]): Promise<Page> {
          await sleep(50);
          return super.readAll(options);
        }
      }
      const slow = new SlowLog({ connectionString: database.url });
      const tuning = { page: 4, batch: 4, hotPartitions: 0 };
      const first = await started({ tuning });
      await first.waitGate.waitFor('desks', await history(8, 1), 5000);
      await stop(first);
      await append(store, 'desk-bad', opened('nul \u0000 byte'), moved('attic'), moved('hall'), moved('attic'));
      let position = store.start;
      for (let i = 0; i < 8; i++) position = await append(store, `desk-${i}`, moved('garden'), moved('library'));
      log.warnings.length = 0;
      const made = await started({ tuning, log: slow });
      await made.waitGate.waitFor('desks', position, 10_000);
      expect(await made.control.parked()).toMatchObject([
        { partition: 'desk-bad', events: 4, error: 'desk: PostgreSQL said 22021' },
      ]);
      expect((await table(made, 'desk')).map(({ room }) => room as string)).toEqual(Array(8).fill('library'));
      expect(log.warnings).toEqual([]);
      await stop(made);
      await slow.close();
    });

    it('halts the group when a log cannot take it, visibly, and goes on where it stopped', async () => {
      let broken = true;
      const fragile: ProjectionGroup = {
        ...desks(),
        projections: [
          ...desks().projections.slice(0, 2),
          {
            ...(desks().projections[2] as object),
            rows: (event: { type: string; position: string; streamId: string }) => {
              if (broken && event.type === 'DeskClosed') throw new Error('cannot say this');
              return [{ position: event.position, stream_id: event.streamId, type: event.type }];
            },
          } as never,
        ],
      };
      const made = await started({ group: fragile });
      const good = await append(store, 'desk-1', opened(), moved('attic'));
      const position = await append(store, 'desk-1', closed());
      await append(store, 'desk-2', opened());
      await made.waitGate.waitFor('desks', good, 5000);
      await until(async () => (await made.control.list())[0]?.halted === true);
      expect(await made.control.list()).toMatchObject([
        {
          name: 'desks',
          status: 'live',
          halted: true,
          position: good,
          lag: 2,
          error: expect.stringContaining('cannot say this'),
        },
      ]);
      expect(await table(made, 'desk')).toMatchObject([{ desk_id: 'desk-1', room: 'attic' }]);
      await expect(made.waitGate.waitFor('desks', position, 200)).rejects.toMatchObject({ code: 'read-model-behind' });
      broken = false;
      await made.control.resume('desks');
      await made.waitGate.waitFor('desks', position, 5000);
      expect(await made.control.list()).toMatchObject([{ halted: false, error: null }]);
      expect(await table(made, 'desk_log')).toHaveLength(4);
    });
  });

  it('applies each event exactly once, even when two lead', async () => {
    // Without the log, whose primary key alone would find out that an event is applied twice.
    const group = { ...desks(), projections: desks().projections.slice(0, 2) };
    await stop(await started({ group }));
    class Pushy extends GroupLoop {
      protected override lead(): Promise<boolean> {
        return Promise.resolve(true);
      }
    }
    const tuning = { ...defaultTuning, page: 7, batch: 7, pollMs: 1 };
    const announce = { advanced: () => {}, changed: () => {}, timersSet: () => {}, outboxFilled: () => {} };
    const loops = [1, 2, 3].map(() => {
      const pages = new LogPages({ store, codec: deskCodec, page: tuning.page });
      const context = {
        store,
        codec: deskCodec,
        pages,
        database: { connectionString: database.url },
        log,
        tuning,
        announce,
        portions: new Portions(() => {}),
      };
      return new Pushy(context, group, { name: 'desks', version: 1, build: 1 });
    });
    for (const loop of loops) loop.start();
    const position = await history(10, 20);
    const reader = processing({ group });
    await reader.start([]);
    await reader.waitGate.waitFor('desks', position, 20_000);
    await Promise.all(loops.map((loop) => loop.stop()));
    const rows = await liveRows(database.pool);
    expect(log.errors).toEqual([]);
    await reader.control.rebuild('desks');
    expect(await liveRows(database.pool)).toEqual(rows);
  });

  it('says of nothing that it has passed over it once the connection is lost: a crash may have undone what came before', async () => {
    const group: ProjectionGroup = { ...desks(), types: ['DeskOpened', 'DeskClosed'] };
    await stop(await started({ group }));
    let reading: (() => Promise<void>) | undefined;
    class Interrupted extends PostgresEventStore {
      override async readAll(options: Parameters<EventStore['readAll']>[0]): Promise<Page> {
        const page = await super.readAll(options);
        await reading?.();
        return page;
      }
    }
    const source = new Interrupted({ connectionString: database.url });
    const tuning = { ...defaultTuning, pollMs: 20 };
    const said: { position: Position; leading: boolean }[] = [];
    const loop: GroupLoop = new GroupLoop(
      {
        store: source,
        codec: deskCodec,
        pages: new LogPages({ store: source, codec: deskCodec, page: tuning.page }),
        database: { connectionString: database.url, applicationName: 'interrupted' },
        log,
        tuning,
        announce: {
          advanced: (_, position) => void said.push({ position, leading: loop.leading }),
          changed: () => {},
          timersSet: () => {},
          outboxFilled: () => {},
        },
        portions: new Portions(() => {}),
      },
      group,
      { name: 'desks', version: 1, build: 1 },
    );
    loop.start();
    await until(() => loop.leading);
    const first = await append(store, 'desk-1', opened());
    await until(() => said.at(-1)?.position === first);
    reading = async () => {
      reading = undefined;
      await database.pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'interrupted'`,
      );
      await until(() => !loop.leading);
    };
    const second = await append(store, 'desk-1', moved('attic'));
    loop.wake();
    await until(() => said.at(-1)?.position === second);
    await loop.stop();
    await source.close();
    expect(said.filter(({ leading }) => !leading)).toEqual([]);
  });

  it('has one leader of two, and the other takes over', async () => {
    const first = await started();
    const second = await started();
    const leaders = async () =>
      (await Promise.all([first, second].map((made) => made.control.list()))).map((list) => list[0]?.leading);
    await until(async () => (await leaders()).filter(Boolean).length === 1);
    expect(await leaders()).toEqual([true, false]);
    await history(5, 5);
    expect(await leaders()).toEqual([true, false]);
    await stop(first);
    const position = await append(store, 'desk-99', opened());
    await second.waitGate.waitFor('desks', position, 5000);
    const rows = await liveRows(database.pool);
    await second.control.rebuild('desks');
    expect(await liveRows(database.pool)).toEqual(rows);
  });

  it('takes over from a leader that hangs, for the server ends silent connections', async () => {
    const first = await started();
    await stop(first);
    const key = { name: 'desks', version: 1, build: 1 };
    const hanging = await Session.open({ connectionString: database.url, transactionSilenceMs: 1000 }, 1000);
    expect(await tryLead(hanging, key)).toBe(true);
    expect(await lock(hanging, key, false)).toMatchObject({ status: 'live' });
    const second = await started();
    const position = await append(store, 'desk-1', opened());
    await second.waitGate.waitFor('desks', position, 5000);
    expect(hanging.usable).toBe(false);
  });
});
