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
    board = new Board(new InMemoryEventStore(), options, new Map(), silentLog, () => {});
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

  it('is said again when the connection breaks meanwhile, and of what moved only the newest', async () => {
    announcer.timersSet();
    await until(() => heard.length === 1);
    const { rows } = await database.pool.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE application_name = $1',
      [APPLICATION],
    );
    const slow = board.rows('SELECT pg_sleep(600)').catch(() => undefined); // what is sent behind it is lost
    announcer.timersSet();
    announcer.advanced({ name: 'desks', version: 1, build: 1 }, at(1));
    await new Promise((resolve) => setImmediate(resolve));
    announcer.advanced({ name: 'desks', version: 1, build: 1 }, at(2));
    await database.pool.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [
      rows.map(({ pid }) => pid),
    ]);
    await slow;
    await until(() => heard.length === 3);
    expect(heard.toSorted()).toEqual(['at desks 1 1 2', TIMERS, TIMERS]);
  });

  it('ends with the process, also when nobody can be told any more', async () => {
    await board.close();
    announcer.timersSet();
    await announcer.close();
    expect(heard).toEqual([]);
  });
});
