import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';

interface Write {
  /** Group. */
  g?: number;
  stream: string;
  expect: number;
  ids: string[];
}

interface Answer {
  grp: number;
  status: string;
  stream: string;
  revision: string;
  pos: string | null;
}

let database: TestDatabase;
beforeAll(async () => (database = await testDatabase()));
afterAll(() => database.close());

const NONE = -1;
const ANY = -2;
const EXISTS = -4;
const DATA = '{"z":1,"a":"\\u0000"}';

const append = async (...writes: Write[]): Promise<Answer[]> => {
  const ids = writes.flatMap((write) => write.ids);
  const { rows } = await database.pool.query<Answer>('select * from es.append($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)', [
    writes.map(({ g }) => g ?? 1),
    writes.map(({ stream }) => stream),
    writes.map(() => 'w'),
    writes.map(({ expect }) => expect),
    writes.map((write) => write.ids.length),
    ids,
    ids.map(() => 'T'),
    ids.map(() => 1),
    ids.map(() => DATA),
    ids.map(() => '{}'),
  ]);
  return rows;
};
const statuses = async (...writes: Write[]) => (await append(...writes)).map(({ status }) => status).join();
const id = () => randomUUID();

describe('es.append', () => {
  const [a, b, c, d] = [id(), id(), id(), id()];

  it('takes a new stream once, and the same events again as a duplicate', async () => {
    expect(await append({ stream: 'x-1', expect: NONE, ids: [a, b] })).toEqual([
      { grp: 1, status: 'ok', stream: 'x-1', revision: '1', pos: '2' },
    ]);
    expect(await append({ stream: 'x-1', expect: NONE, ids: [a, b] })).toEqual([
      { grp: 1, status: 'duplicate', stream: 'x-1', revision: '1', pos: '2' },
    ]);
    expect(await statuses({ stream: 'x-1', expect: ANY, ids: [a, b] })).toBe('duplicate');
  });

  it('conflicts on an existing stream and on a partial overlap', async () => {
    expect(await append({ stream: 'x-1', expect: NONE, ids: [id()] })).toEqual([
      { grp: 1, status: 'conflict', stream: 'x-1', revision: '1', pos: null },
    ]);
    expect(await statuses({ stream: 'x-1', expect: NONE, ids: [a, id()] })).toBe('conflict');
    expect(await statuses({ stream: 'x-1', expect: ANY, ids: [id(), b] })).toBe('conflict');
  });

  it('knows "exists" and exact revisions', async () => {
    expect(await statuses({ stream: 'x-2', expect: EXISTS, ids: [id()] })).toBe('conflict');
    expect(await statuses({ stream: 'x-1', expect: 1, ids: [id()] })).toBe('ok');
    expect(await statuses({ stream: 'x-1', expect: EXISTS, ids: [id()] })).toBe('ok');
  });

  it('writes several streams all or nothing', async () => {
    expect(
      await statuses({ stream: 'user-1', expect: NONE, ids: [c] }, { stream: 'email_h', expect: NONE, ids: [d] }),
    ).toBe('ok,ok');
    expect(
      await statuses({ stream: 'user-1', expect: NONE, ids: [c] }, { stream: 'email_h', expect: NONE, ids: [d] }),
    ).toBe('duplicate,duplicate');
    expect(
      await statuses({ stream: 'user-2', expect: NONE, ids: [id()] }, { stream: 'email_h', expect: NONE, ids: [id()] }),
    ).toBe('conflict,conflict');
    const { rowCount } = await database.pool.query(`select 1 from es.events where stream_id = 'user-2'`);
    expect(rowCount).toBe(0);
  });

  it('only checks a stream it gets no events for', async () => {
    expect(
      await statuses({ stream: 'email_h', expect: 0, ids: [] }, { stream: 'user-3', expect: NONE, ids: [id()] }),
    ).toBe('ok,ok');
    expect(
      await statuses({ stream: 'email_h', expect: 7, ids: [] }, { stream: 'user-4', expect: NONE, ids: [id()] }),
    ).toBe('conflict,conflict');
  });

  it('decides independent groups of one call in order, also on the same stream', async () => {
    expect(
      await statuses(
        { g: 1, stream: 'm-1', expect: NONE, ids: [id()] },
        { g: 2, stream: 'x-1', expect: 0, ids: [id()] },
        { g: 3, stream: 'm-1', expect: 0, ids: [id()] },
      ),
    ).toBe('ok,conflict,ok');
  });

  it('lets one of many groups win a revision, and the others see what it left', async () => {
    const answers = await append(
      ...[1, 2, 3].map((g) => ({ g, stream: 'm-2', expect: NONE, ids: [id(), id()] })),
      { g: 4, stream: 'm-2', expect: 1, ids: [id()] },
      { g: 5, stream: 'm-2', expect: 1, ids: [id()] },
    );
    expect(answers.map(({ status, revision }) => `${status} ${revision}`)).toEqual([
      'ok 1',
      'conflict 1',
      'conflict 1',
      'ok 2',
      'conflict 2',
    ]);
  });

  it('takes the same events twice in one call as one append and its duplicate', async () => {
    const ids = [id(), id()];
    const answers = await append(
      { g: 1, stream: 'm-3', expect: NONE, ids },
      { g: 2, stream: 'm-3', expect: NONE, ids },
      { g: 3, stream: 'm-4', expect: NONE, ids },
      { g: 4, stream: 'm-4', expect: NONE, ids: [id()] },
    );
    expect(answers.map(({ status, revision }) => `${status} ${revision}`)).toEqual([
      'ok 1',
      'duplicate 1',
      'conflict -1',
      'ok 0',
    ]);
    expect(answers[1]?.pos).toBe(answers[0]?.pos);
  });

  it('takes ids of a refused group from a later group', async () => {
    const ids = [id()];
    expect(
      await statuses(
        { g: 1, stream: 'm-5', expect: 5, ids },
        { g: 2, stream: 'm-5', expect: NONE, ids },
        { g: 3, stream: 'm-5', expect: NONE, ids },
      ),
    ).toBe('conflict,ok,duplicate');
  });

  it('answers events that are stored already by what happened then, even at the right revision', async () => {
    expect(await statuses({ stream: 'user-1', expect: 0, ids: [c] })).toBe('duplicate');
    expect(await statuses({ stream: 'user-9', expect: NONE, ids: [c] })).toBe('conflict');
    expect(await statuses({ stream: 'user-1', expect: 0, ids: [c, id()] })).toBe('conflict');
  });

  it('gives the position of the whole group for a duplicate, and checks without writing', async () => {
    const [first, second] = [id(), id()];
    const writes = [
      { stream: 'x-1', expect: EXISTS, ids: [] },
      { stream: 'p-1', expect: NONE, ids: [first] },
      { stream: 'p-2', expect: NONE, ids: [second] },
    ];
    const original = await append(...writes);
    const again = await append(...writes);
    expect(again.map(({ status }) => status)).toEqual(['duplicate', 'duplicate', 'duplicate']);
    expect(again.map(({ pos }) => pos)).toEqual(Array(3).fill(original[2]?.pos));
    expect(again.map(({ revision }) => revision)).toEqual(original.map(({ revision }) => revision));
    expect(await statuses({ stream: 'p-1', expect: 0, ids: [] })).toBe('ok');
  });

  it('numbers without gaps from one, and keeps the text of data', async () => {
    const { rows } = await database.pool.query(
      `select count(*)::int n, max(position)::int m, min(position)::int l from es.events`,
    );
    expect(rows[0]).toEqual({ n: rows[0].m, m: rows[0].m, l: 1 });
    const kept = await database.pool.query(`select distinct data::text from es.events`);
    expect(kept.rows).toEqual([{ data: DATA }]);
  });

  it('notifies which positions and types came, unless that is too long for a notification', async () => {
    const listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    const payloads: string[] = [];
    listener.on('notification', ({ payload = '' }) => payloads.push(payload));
    await listener.query('LISTEN es_events');
    const before = (await append({ stream: 'n-1', expect: NONE, ids: [id(), id()] })).at(-1)!.pos;
    await statuses({ stream: 'n-1', expect: 7, ids: [id()] });
    await listener.query('SELECT 1');
    expect(payloads).toEqual([`${Number(before) - 1} ${before} T`]);
    const { rows } = await database.pool.query<{ short: string; long: string }>(
      `SELECT es.news(4, 6, ARRAY['B', 'A', 'B']) AS short,
              es.news(4, 6, (SELECT array_agg('Type' || n) FROM generate_series(1, 2000) n)) AS long`,
    );
    expect(rows[0]).toEqual({ short: '5 6 A B', long: '5 6 *' });
    await listener.end();
  });

  it('refuses to change the past', async () => {
    await expect(database.pool.query(`update es.events set type = 'x'`)).rejects.toMatchObject({ code: 'ES001' });
    await expect(database.pool.query(`update es.events set type = 'x' where false`)).rejects.toThrow('append-only');
    await expect(database.pool.query('delete from es.events')).rejects.toThrow('append-only');
    await expect(database.pool.query('truncate es.events')).rejects.toThrow('append-only');
  });
});

describe('es.append_one', () => {
  const appendOne = async ({ stream, expect: expected, ids }: Write): Promise<Answer[]> => {
    const { rows } = await database.pool.query<Answer>('select * from es.append_one($1,$2,$3,$4,$5,$6,$7,$8)', [
      stream,
      'w',
      expected,
      ids,
      ids.map(() => 'T'),
      ids.map(() => 1),
      ids.map(() => DATA),
      ids.map(() => '{}'),
    ]);
    return rows;
  };

  it('answers what es.append answers, step by step', async () => {
    const head = async () => {
      const { rows } = await database.pool.query<{ n: string }>('SELECT max(position) AS n FROM es.events');
      return Number(rows[0]!.n);
    };
    // The same story told to two streams; ids are their own, positions are counted from where each began.
    const story = async (stream: string, one: (write: Write) => Promise<Answer[]>) => {
      const ids = Array.from({ length: 6 }, id) as [string, string, string, string, string, string];
      const steps: readonly [number, string[]][] = [
        [NONE, [ids[0], ids[1]]],
        [NONE, [ids[2]]], // it exists
        [1, [ids[2], ids[3]]],
        [1, [ids[2], ids[3]]], // the same again
        [3, [ids[3], ids[4]]], // one of them is stored
        [9, [ids[4]]], // not that far
        [3, [ids[4]]],
        [NONE, [ids[0], ids[1]]], // long ago
      ];
      const base = await head();
      const answers: unknown[] = [];
      for (const [expected, some] of steps)
        for (const { status, revision, pos } of await one({ stream, expect: expected, ids: some }))
          answers.push([status, revision, pos === null ? null : Number(pos) - base]);
      return answers;
    };
    const told = await story('one-1', appendOne);
    expect(told).toEqual(await story('many-1', (write) => append(write)));
    expect((told as [string][]).map(([status]) => status)).toEqual(
      'ok conflict ok duplicate conflict conflict ok duplicate'.split(' '),
    );
  });
});
