import type { Position } from '#libs/event-store/application/event-store';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { advanceSql, changeInTransactionsOnly, hold } from './checkpoints.js';
import { Session, together } from './session.js';

const codeOf = (end: PromiseSettledResult<unknown>) =>
  end.status === 'rejected' ? (end.reason as { code?: string }).code : 'done';

describe('a connection whose transaction has failed', () => {
  let database: TestDatabase;
  let session: Session;
  beforeEach(async () => {
    database = await testDatabase();
    session = await Session.open({ connectionString: database.url });
  });
  afterEach(async () => {
    await session.close();
    await database.close();
  });

  const double = (n: number, name: string) => session.rows('SELECT 2 * $1::int AS doubled', [n], name);

  it('prepares again what was refused to be prepared in it, and keeps what was prepared before', async () => {
    await double(1, 'known');
    const ends = await Promise.allSettled([
      session.run('BEGIN; SELECT 1 / 0'),
      double(2, 'known'),
      double(3, 'new'),
      double(4, 'new'), // sent before it is known that preparing failed
      session.run('COMMIT'),
    ]);
    expect(ends.map(codeOf)).toEqual(['22012', '25P02', '25P02', '26000', 'done']);
    await session.run('ROLLBACK');
    for (const name of ['known', 'new', 'known', 'new']) expect(await double(5, name)).toEqual([{ doubled: '10' }]);
    expect(session.usable).toBe(true);
  });

  it('keeps what was prepared in a transaction that failed after that', async () => {
    await expect(
      together([session.run('BEGIN'), double(1, 'new'), session.run('SELECT 1 / 0'), session.run('COMMIT')]),
    ).rejects.toMatchObject({ code: '22012' });
    await session.run('ROLLBACK');
    expect(await double(2, 'new')).toEqual([{ doubled: '4' }]);
  });

  it('changes nothing by what was sent behind a transaction that was never begun', async () => {
    const key = { name: 'desks', version: 1, build: 1 };
    await database.pool.query(
      `CREATE TABLE numbers (n int);
       INSERT INTO processing.processors (name, version, build, kind, status, position)
       VALUES ('desks', 1, 1, 'projection', 'live', '5')`,
    );
    await changeInTransactionsOnly(session);
    const sent = (begun: Promise<unknown>) => [
      begun,
      session.rows('INSERT INTO numbers SELECT $1::int', [1], 'insert'),
      session.run(`${advanceSql(key, { position: '6' as Position, events: 1, parked: 0 })}; COMMIT`),
    ];
    // As when somebody cancels what the server does in just that moment.
    await expect(together(sent(session.run('SELECT 1 / 0')))).rejects.toMatchObject({ code: '22012' });
    const found = async () =>
      (await database.pool.query('SELECT position, (SELECT count(*) FROM numbers) AS n FROM processing.processors'))
        .rows;
    expect(await found()).toEqual([{ position: '5', n: '0' }]);
    await session.run('ROLLBACK');
    await together(sent(hold(session, key, 0n)));
    expect(await found()).toEqual([{ position: '6', n: '1' }]);
  });

  it('goes on after a COPY that was refused', async () => {
    await session.run('CREATE TEMPORARY TABLE numbers (n int)');
    await expect(session.copy('COPY numbers FROM STDIN', ['1\n', 'two\n'])).rejects.toMatchObject({ code: '22P02' });
    await session.copy('COPY numbers FROM STDIN', ['1\n', '2\n']);
    expect(await session.run('SELECT sum(n) AS sum FROM numbers')).toEqual([{ sum: '3' }]);
  });
});
