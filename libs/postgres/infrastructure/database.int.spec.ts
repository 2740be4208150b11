import { sql } from 'kysely';
import { emptyDatabase, type TestDatabase } from '#libs/testing/postgres';
import { Database } from './database.js';
import { statementName } from './pool.js';

interface Tables {
  things: { id: number; name: string };
}

describe('Database', () => {
  let test: TestDatabase;
  let database: Database;
  const lost: Error[] = [];

  beforeEach(async () => {
    test = await emptyDatabase();
    await test.pool.query('CREATE TABLE things (id int PRIMARY KEY, name text NOT NULL)');
    database = Database.connect({ connectionString: test.url, max: 1, onIdleError: (error) => lost.push(error) });
  });
  afterEach(async () => {
    await database.close();
    await test.close();
  });

  const named = (id: number) =>
    database.kysely<Tables>().selectFrom('things').select('name').where('id', '=', id).execute();
  const prepared = async () =>
    (
      await database.pool.query<{ name: string; calls: string }>(
        'SELECT name, generic_plans + custom_plans AS calls FROM pg_prepared_statements ORDER BY name',
      )
    ).rows;

  it('prepares a statement with parameters once per connection, and one without never', async () => {
    await database.kysely<Tables>().insertInto('things').values({ id: 1, name: 'one' }).execute();
    for (const id of [1, 2, 3]) expect(await named(id)).toEqual(id === 1 ? [{ name: 'one' }] : []);
    await sql`SELECT 1`.execute(database.kysely());
    const statements = await prepared();
    expect(statements).toHaveLength(2);
    expect(statements.map(({ calls }) => Number(calls)).toSorted((a, b) => a - b)).toEqual([1, 3]);
  });

  it('rolls a transaction back as a whole', async () => {
    const work = database
      .kysely<Tables>()
      .transaction()
      .execute(async (transaction) => {
        await transaction.insertInto('things').values({ id: 1, name: 'one' }).execute();
        await transaction.insertInto('things').values({ id: 1, name: 'again' }).execute();
      });
    await expect(work).rejects.toThrow('duplicate key');
    expect(await named(1)).toEqual([]);
  });

  it('goes on after its idle connection was lost, and tells of it', async () => {
    await named(1);
    lost.length = 0;
    await test.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    for (let i = 0; i < 100 && !lost.length; i++) await new Promise((done) => setTimeout(done, 20));
    expect(lost).toHaveLength(1);
    expect(await named(1)).toEqual([]);
  });

  it('goes on after a connection in use was lost between two statements', async () => {
    const client = await database.pool.connect();
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const ended = new Promise((done) => client.once('end', done));
    expect(client.listenerCount('error')).toBeGreaterThan(0); // else the farewell ends the process
    await test.pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    await ended;
    const failure: unknown = await client.query('SELECT 1').catch((error: unknown) => error);
    client.release(failure as Error);
    expect(failure).toBeInstanceOf(Error);
    expect(await named(1)).toEqual([]);
  });

  it('is closed twice without harm, and says nothing of the connections it closes', async () => {
    await named(1);
    lost.length = 0;
    await Promise.all([database.close(), database.close()]);
    expect(lost).toEqual([]);
  });

  it('stops naming where texts vary without end', () => {
    const names = Array.from({ length: 1000 }, (_, i) => statementName(`SELECT $1, ${i}`));
    expect(names.filter(Boolean).length).toBeLessThanOrEqual(400);
    expect(statementName('SELECT $1, 0')).toBe(names[0]);
  });
});
