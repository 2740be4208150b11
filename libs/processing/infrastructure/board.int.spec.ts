import type { Position } from '#libs/event-store/application/event-store';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { Board, BoardReadModels } from './board.js';
import { desks, until } from './desks.examples.js';
import { silentLog } from './processing-log.js';

const APPLICATION = 'board under test';
const KEY = { name: 'desks', version: 1, build: 1 };
const at = (position: number) => String(position) as Position;

describe('where a process knows that builds stand', () => {
  let database: TestDatabase;
  let board: Board;

  beforeEach(async () => {
    database = await testDatabase();
    await database.pool.query(
      `INSERT INTO processing.processors (name, version, build, kind, status, position)
       VALUES ('desks', 1, 1, 'projection', 'live', '5')`,
    );
    const options = { connectionString: database.url, applicationName: APPLICATION };
    board = new Board(new InMemoryEventStore(), options, new Map([['desks', 1]]), silentLog, () => {});
  });
  afterEach(async () => {
    await board.close();
    await database.close();
  });

  const connections = async () => {
    const { rows } = await database.pool.query<{ n: string }>(
      'SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = $1',
      [APPLICATION],
    );
    return Number(rows[0]?.n);
  };
  const cutOff = async () => {
    await database.pool.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
      APPLICATION,
    ]);
    await until(async () => (await connections()) === 0);
  };
  const waiting = async () => {
    const { rows } = await database.pool.query<{ n: string }>(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE application_name = $1 AND wait_event_type = 'Lock'`,
      [APPLICATION],
    );
    return Number(rows[0]?.n);
  };
  const everybodyAsks = () => Promise.all([board.refresh(), board.rows('SELECT 1'), board.rows('SELECT 2')]);

  it('comes over one connection, however many ask when there is none', async () => {
    await everybodyAsks();
    expect(await connections()).toBe(1);
    await cutOff();
    await everybodyAsks().catch(everybodyAsks); // a question may have been on its way
    expect(await connections()).toBe(1);
    await board.close();
    await until(async () => (await connections()) === 0);
    await expect(board.rows('SELECT 1')).rejects.toThrow('connection ended');
    expect(await connections()).toBe(0);
  });

  it('is not further than the server says once the connection was lost: a crash undoes what was not flushed', async () => {
    const readModels = new BoardReadModels(board, [desks()]);
    await board.refresh();
    board.advanced(KEY, at(9));
    await board.refresh();
    expect(await board.waitFor('desks', at(9), 1000)).toBe(true);
    expect(readModels.position('desks')).toBe(at(9));
    await cutOff();
    await until(() => !board.has('desks', at(9)));
    expect(readModels.position('desks')).toBeUndefined();
    expect(readModels.tableName('desks', 'desk')).toBe('rm.desk_v1_b1');
    expect(await board.waitFor('desks', at(9), 100)).toBe(false);
    await board.refresh();
    expect(board.has('desks', at(5))).toBe(true);
    expect(board.has('desks', at(6))).toBe(false);
    board.advanced(KEY, at(9));
    expect(await board.waitFor('desks', at(9), 1000)).toBe(true);
  });

  it('is as far as was announced since the connection was made, though the first answer on it is older', async () => {
    await board.refresh();
    await cutOff();
    await until(() => !board.isSure);
    await board.rows('SELECT 1'); // made anew
    // The answer is under way when the announcement comes.
    const writer = await database.pool.connect();
    await writer.query('BEGIN; LOCK TABLE processing.processors');
    const asking = board.refresh();
    await until(async () => (await waiting()) === 1);
    board.advanced(KEY, at(9));
    await writer.query('ROLLBACK');
    writer.release();
    await asking;
    expect(board.has('desks', at(9))).toBe(true);
  });

  it('is asked for again when something is heard of it, though nobody waits', async () => {
    const readModels = new BoardReadModels(board, [desks()]);
    await board.refresh();
    await cutOff();
    await until(() => !board.isSure);
    board.heard('at desks 1 1 4');
    await until(() => readModels.position('desks') === at(5));
  });

  it('is not reached because the process stops', async () => {
    await board.refresh();
    const waiting = board.waitFor('desks', at(9), 10_000);
    await board.close();
    expect(await waiting).toBe(false);
    expect(await board.waitFor('desks', at(9), 10_000)).toBe(false);
  });
});
