import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { buildTables, createTables } from './group-tables.js';
import { fold } from '../application/projection.js';
import { Session } from './session.js';
import { TableWriter, UnstorableValue } from './table-writer.js';

interface Thing {
  id: string;
  parts: unknown;
  note: string | null;
}

const COLUMNS = ['b', 'c', 'd', 'e', 'f', 'g'];

const things = {
  name: 'things',
  version: 1,
  projections: [
    fold<never, Thing>({
      table: { name: 'thing', columns: { id: 'text', parts: 'jsonb null', note: 'text null' }, primaryKey: ['id'] },
      partitionColumn: 'id',
      partition: () => undefined,
      on: {},
    }),
    fold<never, Record<string, string>>({
      table: {
        name: 'wide',
        columns: { id: 'text', ...Object.fromEntries(COLUMNS.map((column) => [column, 'text' as const])) },
        primaryKey: ['id'],
      },
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
  const row = (id: string, parts: unknown, note: string | null = null) => ({ id, parts, note });
  const rows = (count: number, parts: unknown) => Array.from({ length: count }, (_, i) => row(String(i), parts));

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
    const some = [...rows(count - 1, { a: 1 }), row('last', { a: 1n })];
    await expect(writer.insert(session, some)).rejects.toThrow(UnstorableValue);
    expect(await session.run('SELECT count(*) AS n FROM rm.thing_v1_b1')).toEqual([{ n: '0' }]);
  });

  it.each([3, 5000])('leave the connection in order when the database refuses one of %i', async (count) => {
    const some = [...rows(count - 1, null), row('0', null)];
    await expect(writer.insert(session, some)).rejects.toMatchObject({ code: '23505' });
    expect(await session.run('SELECT count(*) AS n FROM rm.thing_v1_b1')).toEqual([{ n: '0' }]);
  });

  it('are changed and removed in bulk', async () => {
    await writer.insert(session, rows(100, ['x']));
    await writer.write(session, {
      inserts: [row('new', null)],
      updates: rows(50, { y: 'ü' }),
      changed: new Set(['parts']),
      deletes: rows(100, null).slice(60),
      counters: [],
    });
    const found = await writer.load(session, ['0', '55', '60', 'new']);
    expect([...found.values()]).toEqual([[row('0', { y: 'ü' })], [row('55', ['x'])], [], [row('new', null)]]);
  });

  it.each([
    ['few', 1],
    ['many', 100],
  ])('keep every document as it is: %s', async (_, copies) => {
    const documents = [null, '', '\u001F\u0001\n\t', 'a,"b"\\{}', { 'q"': ['\\', "'", 'ü🏦'] }, [], {}, 0, false];
    const some = documents.flatMap((parts, i) => Array.from({ length: copies }, (__, n) => row(`${i}-${n}`, parts)));
    await writer.insert(session, some);
    const ids = some.map(({ id }) => id);
    const read = async () => [...(await writer.load(session, ids)).values()].flat();
    expect(await read()).toEqual(some);
    const turned = some.map(({ id }, i) => row(id, some[some.length - 1 - i]?.parts));
    const changed = new Set(['parts']);
    await writer.write(session, { inserts: [], updates: turned, changed, deletes: [], counters: [] });
    expect(await read()).toEqual(turned);
    await writer.write(session, { inserts: [], updates: [row('4-0', null)], changed, deletes: [], counters: [] });
    expect((await writer.load(session, ['4-0'])).get('4-0')).toEqual([row('4-0', null)]);
    await writer.write(session, { inserts: [], updates: [], changed: new Set(), deletes: some, counters: [] });
  });

  it('keep the columns that no row of the batch changed', async () => {
    const write = (updates: ReturnType<typeof row>[], ...changed: string[]) =>
      writer.write(session, { inserts: [], updates, changed: new Set(changed), deletes: [], counters: [] });
    await writer.insert(session, [row('a', ['stored'], 'stored'), row('b', ['stored'], 'stored')]);
    await write([row('a', ['new'], 'new'), row('b', ['new'], 'new')], 'parts');
    await write([row('b', ['newer'], 'newer')], 'note');
    await write([row('a', ['newest'], 'newest')]);
    await write([row('b', ['last'], 'last')], 'parts', 'note');
    const found = await writer.load(session, ['a', 'b']);
    expect([...found.values()]).toEqual([[row('a', ['new'], 'stored')], [row('b', ['last'], 'last')]]);
  });

  it('are changed in any choice of their columns', async () => {
    const wide = new TableWriter(tables[1] as (typeof tables)[1]);
    const stored = { id: 'a', ...Object.fromEntries(COLUMNS.map((column) => [column, 'stored'])) };
    await wide.insert(session, [stored]);
    for (let choice = 0; choice < 2 ** COLUMNS.length; choice++) {
      const changed = new Set(COLUMNS.filter((_, i) => choice & (1 << i)));
      const row = { id: 'a', ...Object.fromEntries(COLUMNS.map((c) => [c, changed.has(c) ? `${choice}` : 'stored'])) };
      await wide.write(session, { inserts: [], updates: [row], changed, deletes: [], counters: [] });
      expect((await wide.load(session, ['a'])).get('a')).toEqual([row]);
      await wide.write(session, { inserts: [], updates: [stored], changed, deletes: [], counters: [] });
    }
  });

  it('are not sent at all when one that is changed cannot be written', async () => {
    const count = () => session.run('SELECT count(*) AS n FROM rm.thing_v1_b1');
    const before = await count();
    const change = {
      inserts: [],
      updates: [row('1', 1n)],
      changed: new Set(['parts']),
      deletes: [row('0', null)],
      counters: [],
    };
    await expect(writer.write(session, change)).rejects.toThrow(UnstorableValue);
    expect(await count()).toEqual(before);
  });
});
