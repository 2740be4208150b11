import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import { fold } from './projection.js';
import { asFold, WorkingSet } from './working-set.js';

type Opened = DomainEvent<'Opened', { at: string }>;
type Moved = DomainEvent<'Moved', { to: string }>;
type Closed = DomainEvent<'Closed', object>;
type Row = { id: string; status: string; opened_at: string; moves: string };

const desk = asFold(
  fold<Opened | Moved | Closed, Row>({
    table: {
      name: 'desk',
      columns: { id: 'text', status: 'text', opened_at: 'timestamptz', moves: 'bigint' },
      primaryKey: ['id'],
    },
    partitionColumn: 'id',
    partition: ({ streamId }) => streamId,
    on: {
      Opened: (rows, { streamId, data }) =>
        rows.put({ id: streamId, status: 'open', opened_at: data.at, moves: 0n as unknown as string }),
      Moved: (rows, { streamId, data }) => {
        const row = rows.get(streamId);
        if (!row) throw new Error('never opened');
        rows.put({ ...row, status: data.to, moves: String(BigInt(row.moves) + 1n) });
      },
      Closed: (rows, { streamId }) => rows.delete(streamId),
    },
    counters: { name: 'desk_counts', keyColumns: ['status'], keysOf: (row) => [[row.status]] },
  }),
);

const event = (streamId: string, type: string, data: object): Recorded =>
  ({ streamId, type, data }) as unknown as Recorded;
const opened = (id: string) => event(id, 'Opened', { at: '2026-11-22T10:00:00Z' });
const moved = (id: string, to: string) => event(id, 'Moved', { to });

describe('the rows of a fold in memory', () => {
  it('gives each changed row once, as it is read back', () => {
    const set = new WorkingSet(desk);
    for (const e of [opened('a'), moved('a', 'held'), moved('a', 'done')]) set.apply('a', e);
    expect(set.take()).toEqual({
      inserts: [{ id: 'a', status: 'done', opened_at: '2026-11-22T10:00:00.000Z', moves: '2' }],
      updates: [],
      changed: new Set(),
      deletes: [],
      counters: [{ key: ['done'], delta: 1 }],
    });
  });

  it('nets the counters of a row that was there', () => {
    const set = new WorkingSet(desk);
    set.load('a', [{ id: 'a', status: 'open', opened_at: '2026-11-22T10:00:00.000Z', moves: '0' }]);
    set.apply('a', moved('a', 'held'));
    set.apply('a', moved('a', 'open'));
    expect(set.take()).toMatchObject({ inserts: [], updates: [{ id: 'a', moves: '2' }], changed: new Set(['moves']) });
    set.apply('a', event('a', 'Closed', {}));
    expect(set.take()).toMatchObject({
      inserts: [],
      updates: [],
      deletes: [{ id: 'a' }],
      counters: [{ key: ['open'], delta: -1 }],
    });
  });

  it('counts a row by all counters it stands in, in whatever order it names them', () => {
    const tagged = asFold(
      fold<DomainEvent<'Tagged', { tags: string[] }>, { id: string; tags: string[] }>({
        table: { name: 'tagged', columns: { id: 'text', tags: 'text[]' }, primaryKey: ['id'] },
        partitionColumn: 'id',
        partition: ({ streamId }) => streamId,
        on: { Tagged: (rows, { streamId, data }) => rows.put({ id: streamId, tags: data.tags }) },
        counters: { name: 'tags', keyColumns: ['tag'], keysOf: ({ tags }) => tags.map((tag) => [tag]) },
      }),
    );
    const counted = (before: string[], after: string[]) => {
      const set = new WorkingSet(tagged);
      set.load('a', [{ id: 'a', tags: before }]);
      set.apply('a', event('a', 'Tagged', { tags: after }));
      return Object.fromEntries(set.take().counters.map(({ key, delta }) => [key.join(), delta]));
    };
    expect(counted(['x', 'y'], ['y', 'x'])).toEqual({});
    expect(counted(['x', 'y'], ['y'])).toEqual({ x: -1 });
    expect(counted(['y'], ['x', 'y', 'y'])).toEqual({ x: 1, y: 1 });
    expect(counted([], ['x'])).toEqual({ x: 1 });
    expect(counted(['x', 'z'], ['x', 'w'])).toEqual({ z: -1, w: 1 });
  });

  it('writes nothing for a row that came and went', () => {
    const set = new WorkingSet(desk);
    set.apply('a', opened('a'));
    set.apply('a', event('a', 'Closed', {}));
    expect(set.take()).toEqual({ inserts: [], updates: [], changed: new Set(), deletes: [], counters: [] });
  });

  it('starts the next batch from what was stored, and forgets the partitions used longest ago', () => {
    const set = new WorkingSet(desk);
    set.startEmpty();
    for (const id of ['a', 'b', 'c']) set.apply(id, opened(id));
    const known = () => ['a', 'b', 'c'].map((id) => set.knows(id));
    set.use('a');
    expect(set.take().inserts).toHaveLength(3);
    set.shrink(2);
    expect(known()).toEqual([true, true, true]); // not stored yet
    set.stored();
    set.shrink(2);
    expect(known()).toEqual([true, false, true]);
    expect(set.take().inserts).toEqual([]);
  });

  it('refuses a fold that changes a row in place', () => {
    const set = new WorkingSet(
      asFold({
        ...desk,
        on: { ...desk.on, Moved: (rows: { get(id: string): Row }) => (rows.get('a').status = 'x') },
      } as never),
      true,
    );
    set.apply('a', opened('a'));
    expect(() => set.apply('a', moved('a', 'held'))).toThrow(TypeError);
  });
});
