import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { buildTables, createTables } from './group-tables.js';
import { fold } from '../application/projection.js';
import { Session } from './session.js';
import { TableWriter, UnstorableValue } from './table-writer.js';

interface Thing {
  id: string;
  parts: unknown;
}

const things = {
  name: 'things',
  version: 1,
  projections: [
    fold<never, Thing>({
      table: { name: 'thing', columns: { id: 'text', parts: 'jsonb null' }, primaryKey: ['id'] },
      partitionColumn: 'id',
      partition: () => undefined,
      on: {},
    }),
  ],
};

describe('rows on their way into a table', () => {
  let database: TestDatabase;
  let session: Session;
  const tables = buildTables(things, 1, 1);
  const writer = new TableWriter(tables[0] as (typeof tables)[0]);
  const rows = (count: number, parts: unknown) => Array.from({ length: count }, (_, i) => ({ id: String(i), parts }));

  beforeAll(async () => {
    database = await testDatabase();
    session = await Session.open({ connectionString: database.url });
    await createTables(session, tables, true);
  });
  afterAll(async () => {
    await session.close();
    await database.close();
  });

  it.each([3, 5000])('are not half written when one of %i cannot be', async (count) => {
    const some = [...rows(count - 1, { a: 1 }), { id: 'last', parts: { a: 1n } }];
    await expect(writer.insert(session, some)).rejects.toThrow(UnstorableValue);
    expect(await session.run('SELECT count(*) AS n FROM rm.thing_v1_b1')).toEqual([{ n: '0' }]);
  });

  it.each([3, 5000])('leave the connection in order when the database refuses one of %i', async (count) => {
    const some = [...rows(count - 1, null), { id: '0', parts: null }];
    await expect(writer.insert(session, some)).rejects.toMatchObject({ code: '23505' });
    expect(await session.run('SELECT count(*) AS n FROM rm.thing_v1_b1')).toEqual([{ n: '0' }]);
  });

  it('are changed and removed in bulk', async () => {
    await writer.insert(session, rows(100, ['x']));
    await writer.write(session, {
      inserts: [{ id: 'new', parts: null }],
      updates: rows(50, { y: 'ü' }),
      deletes: rows(100, null).slice(60),
      counters: [],
    });
    const found = await writer.load(session, ['0', '55', '60', 'new']);
    expect([...found.values()]).toEqual([
      [{ id: '0', parts: { y: 'ü' } }],
      [{ id: '55', parts: ['x'] }],
      [],
      [{ id: 'new', parts: null }],
    ]);
  });

  it('are not sent at all when one that is changed cannot be written', async () => {
    const count = () => session.run('SELECT count(*) AS n FROM rm.thing_v1_b1');
    const before = await count();
    const change = {
      inserts: [],
      updates: [{ id: '1', parts: 1n }],
      deletes: [{ id: '0', parts: null }],
      counters: [],
    };
    await expect(writer.write(session, change)).rejects.toThrow(UnstorableValue);
    expect(await count()).toEqual(before);
  });
});
