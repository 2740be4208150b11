import pg from 'pg';
import type { Position } from '#libs/event-store/application/event-store';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { Announcer } from './announcer.js';
import { Board } from './board.js';
import { CHANNEL, TIMERS } from './checkpoints.js';
import { until } from './desks.examples.js';
import { silentLog } from './processing-log.js';

const APPLICATION = 'announcer under test';
const KEY = { name: 'desks', version: 1, build: 1 };
const at = (position: number) => String(position) as Position;

describe('what other processes are told', () => {
  let database: TestDatabase;
  let board: Board;
  let announcer: Announcer;
  let listener: pg.Client;
  let heard: string[] = [];

  beforeEach(async () => {
    database = await testDatabase();
    const options = { connectionString: database.url, applicationName: APPLICATION };
    await database.pool.query(
      `INSERT INTO processing.processors (name, version, build, kind, status, position)
       VALUES ('desks', 1, 1, 'projection', 'live', '0')`,
    );
    board = new Board(new InMemoryEventStore(), options, new Map(), silentLog, () => {});
    await board.refresh();
    announcer = new Announcer(board, { changed: () => {}, timersSet: () => {}, outboxFilled: () => {} });
    heard = [];
    listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    listener.on('notification', ({ payload }) => void heard.push(payload ?? ''));
    await listener.query(`LISTEN ${CHANNEL}`);
  });
  afterEach(async () => {
    await announcer.close();
    await board.close();
    await listener.end();
    await database.close();
  });

  const cutOff = () =>
    database.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      APPLICATION,
    ]);
  const stands = (position: number) =>
    database.pool.query('UPDATE processing.processors SET position = $1', [at(position)]);

  it('is of what moved only the newest', async () => {
    for (let position = 1; position <= 50; position++) announcer.advanced(KEY, at(position));
    await until(() => heard.at(-1) === 'at desks 1 1 50');
    expect(heard.length).toBeLessThanOrEqual(2);
  });

  it('is said again when the connection breaks meanwhile, but positions as they are then: a crash may have undone them', async () => {
    announcer.timersSet();
    await until(() => heard.length === 1);
    const slow = board.rows('SELECT pg_sleep(600)').catch(() => undefined); // what is sent behind it is lost
    announcer.timersSet();
    announcer.advanced(KEY, at(8));
    await new Promise((resolve) => setImmediate(resolve));
    announcer.advanced(KEY, at(9));
    await stands(7);
    await cutOff();
    await slow;
    await until(() => heard.length === 3);
    expect(heard.toSorted()).toEqual(['at desks 1 1 7', TIMERS, TIMERS]);
  });

  it('is what the database says when the connection broke before it could be said', async () => {
    board.advanced(KEY, at(9));
    expect(board.isSure).toBe(true);
    await stands(7);
    await cutOff();
    await until(() => !board.isSure);
    announcer.advanced(KEY, at(9));
    await until(() => heard.length === 1);
    expect(heard).toEqual(['at desks 1 1 7']);
  });

  it('ends with the process though the database does not answer', async () => {
    const backend = board.backend as number;
    process.kill(backend, 'SIGSTOP');
    try {
      announcer.timersSet();
      await announcer.close();
      await board.close();
    } finally {
      process.kill(backend, 'SIGCONT');
    }
  });

  it('ends with the process, also when nobody can be told any more', async () => {
    await board.close();
    announcer.timersSet();
    await announcer.close();
    expect(heard).toEqual([]);
  });
});
