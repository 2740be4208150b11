import type { Position } from '#libs/event-store/application/event-store';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { advance, changeInTransactionsOnly, hold } from './checkpoints.js';
import { isOutage } from './outage.js';
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
      advance(session, key, { position: '6' as Position, events: 1, parked: 0 }),
      session.run('COMMIT'),
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

describe('a connection whose server does not answer', () => {
  let database: TestDatabase;
  let session: Session;
  beforeEach(async () => {
    database = await testDatabase();
    session = await Session.open({ connectionString: database.url, answerMs: 200 });
  });
  afterEach(async () => {
    await session.close();
    await database.close();
  });

  /** As of a machine that hangs, or behind a network that swallows everything: the connection itself stands. */
  const frozen = async (work: () => Promise<unknown>) => {
    const { backend } = session;
    process.kill(backend, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(backend, 'SIGCONT');
    }
  };

  it('is given up', () =>
    frozen(async () => {
      const ends = await Promise.allSettled([session.run('SELECT 1'), session.rows('SELECT 2')]);
      for (const end of ends) expect(isOutage((end as PromiseRejectedResult).reason)).toBe(true);
      expect(session.usable).toBe(false);
    }));

  it('is given up in the middle of a COPY', async () => {
    await session.run('CREATE TEMPORARY TABLE numbers (n int)');
    await frozen(() => expect(session.copy('COPY numbers FROM STDIN', ['1\n'])).rejects.toThrow('does not answer'));
  });

  it('is not when nothing was asked of it, or when it is known to take long', async () => {
    await session.run('SELECT 1');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(session.usable).toBe(true);
    await session.patiently(() => session.run('SELECT pg_sleep(0.3)'));
    await expect(session.run('SELECT pg_sleep(600)')).rejects.toThrow('does not answer');
  });

  it('is ended all the same, at rest and at work', async () => {
    const other = await Session.open({ connectionString: database.url });
    await frozen(async () => {
      await session.close();
      expect(session.usable).toBe(false);
    });
    session = other;
    await frozen(async () => {
      const asked = other.run('SELECT 1').catch(() => 'broken');
      await other.close();
      expect(await asked).toBe('broken');
    });
  });
});
