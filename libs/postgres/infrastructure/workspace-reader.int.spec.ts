import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { Database } from './database.js';

const WORKSPACES = ['red', 'green', 'blue'];

describe('what reads a workspace', () => {
  let test: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    test = await testDatabase();
    await test.pool.query(`
      CREATE TABLE rm.thing (workspace_id text NOT NULL, id int NOT NULL);
      INSERT INTO rm.thing SELECT w, i FROM unnest(ARRAY['red', 'green', 'blue']) w, generate_series(1, 5) i;
      CREATE TABLE rm.unwalled AS SELECT 1 AS id;
      GRANT SELECT ON rm.thing, rm.unwalled TO countersign_reader;
      ALTER TABLE rm.thing ENABLE ROW LEVEL SECURITY;
      ALTER TABLE rm.unwalled ENABLE ROW LEVEL SECURITY;
      CREATE POLICY workspace ON rm.thing FOR SELECT TO countersign_reader
        USING (workspace_id = current_setting('countersign.workspace', true))`);
    database = Database.connect({ connectionString: test.url, max: 2 });
  });
  afterAll(async () => {
    await database.close();
    await test.close();
  });

  const seen = async (workspace: string, id: number) =>
    (
      await sql<{ workspace_id: string }>`SELECT workspace_id FROM rm.thing WHERE id = ${id}`.execute(
        database.reading(workspace),
      )
    ).rows;

  it('sees its rows and no others, though few connections serve many workspaces and no query names one', async () => {
    const asked = Array.from({ length: 300 }, (_, i) => WORKSPACES[(i * 7 + (i >> 3)) % 3]!);
    const answers = await Promise.all(asked.map((workspace, i) => seen(workspace, (i % 5) + 1)));
    expect(answers).toEqual(asked.map((workspace) => [{ workspace_id: workspace }]));
  });

  it('sees nothing of a workspace nobody has, and goes on after a query that failed', async () => {
    expect(await seen('nobody', 1)).toEqual([]);
    await expect(sql`SELECT ${1}::int / 0`.execute(database.reading('red'))).rejects.toThrow('division by zero');
    expect(await seen('red', 1)).toEqual([{ workspace_id: 'red' }]);
    expect(await seen('green', 1)).toEqual([{ workspace_id: 'green' }]);
  });

  it('sees nothing of a table without a policy, and may neither change anything nor read the log, keys or passwords', async () => {
    const ask = (text: string) => sql.raw(text).execute(database.reading('red'));
    expect((await ask('SELECT * FROM rm.unwalled')).rows).toEqual([]);
    for (const text of [
      `DELETE FROM rm.thing`,
      `INSERT INTO rm.thing VALUES ('red', 9)`,
      'SELECT * FROM es.events',
      'SELECT * FROM keys.subject_keys',
      'SELECT * FROM identity.credentials',
    ])
      await expect(ask(text)).rejects.toThrow('permission denied');
  });
});

/** Those who read a read model by any other way would see through the walls. */
it('is what every query of a read model reads with', () => {
  const root = resolve('libs');
  const queries = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.query.ts'));
  expect(queries.length).toBeGreaterThan(15);
  const around = queries.filter((path) => /\.kysely\(|\.pool\b/.test(readFileSync(join(root, path), 'utf8')));
  expect(around).toEqual([]);
});
