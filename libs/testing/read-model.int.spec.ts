import type { DomainEvent } from '#libs/kernel/domain/message';
import { appendOnly, fold, type ProjectionGroup } from '#libs/processing/application/projection';
import { foldRows, readModelSpec } from './read-model.js';

type Opened = DomainEvent<'Opened', { title: string; tags: string[]; dueAt: string | null }>;
type Closed = DomainEvent<'Closed', object>;

interface DeskRow {
  workspace_id: string;
  desk_id: string;
  open: boolean;
  title: string;
  tags: readonly string[];
  extra: { seen: number };
  due_at: string | null;
  revision: string;
  events: number;
}

const desk = fold<Opened | Closed, DeskRow>({
  table: {
    name: 'desk',
    columns: {
      workspace_id: 'text',
      desk_id: 'text',
      open: 'boolean',
      title: 'text',
      tags: 'text[]',
      extra: 'jsonb',
      due_at: 'timestamptz null',
      revision: 'bigint',
      events: 'integer',
    },
    primaryKey: ['workspace_id', 'desk_id'],
    indexes: ['(workspace_id, due_at)'],
  },
  partitionColumn: 'desk_id',
  partition: ({ streamId }) => streamId,
  on: {
    Opened: (rows, { streamId, workspaceId, revision, data }) =>
      rows.put({
        workspace_id: workspaceId,
        desk_id: streamId,
        open: true,
        title: data.title,
        tags: data.tags,
        extra: { seen: 0 },
        due_at: data.dueAt,
        revision: String(revision),
        events: 1,
      }),
    Closed: (rows, { revision }) => {
      for (const row of rows.all())
        rows.put({
          ...row,
          open: false,
          extra: { seen: row.extra.seen + 1 },
          revision: String(revision),
          events: row.events + 1,
        });
    },
  },
  counters: {
    name: 'desk_counts',
    keyColumns: ['workspace_id', 'open'],
    keysOf: (row) => [[row.workspace_id, String(row.open)]],
  },
});

const log = appendOnly<DomainEvent, { position: string; type: string; note: string | null }>({
  table: {
    name: 'desk_log',
    columns: { position: 'bigint', type: 'text', note: 'text null' },
    primaryKey: ['position'],
  },
  rows: ({ position, type, data }) => [{ position, type, note: (data as { title?: string }).title ?? null }],
});

const desks: ProjectionGroup = { name: 'desks', version: 1, projections: [desk, log] };
const awkward = 'quote " back\\slash \t tab \n line, {brace} NULL \\N ü 漢 🙂';
const opened: Opened = {
  type: 'Opened',
  data: { title: awkward, tags: ['a "b"', 'c\\d', '', 'NULL'], dueAt: '2026-11-22T10:00:00.5Z' },
};
const closed: Closed = { type: 'Closed', data: {} };

describe('a read model in a test', () => {
  it.each([1, 2, 100])('stores what was folded, %i events at a time', async (batch) => {
    const given = readModelSpec(desks, { batch });
    expect(await given(opened, closed, { ...opened, streamId: 'review-2' }).rows('desk')).toEqual([
      {
        workspace_id: 'demo',
        desk_id: 'review-1',
        open: false,
        title: awkward,
        tags: ['a "b"', 'c\\d', '', 'NULL'],
        extra: { seen: 1 },
        due_at: new Date('2026-11-22T10:00:00.500Z'),
        revision: '1',
        events: 2,
      },
      expect.objectContaining({ desk_id: 'review-2', open: true, events: 1 }),
    ]);
    expect(await given(opened, closed, { ...opened, streamId: 'review-2' }).rows('desk_counts')).toEqual([
      { workspace_id: 'demo', open: 'false', n: '1' },
      { workspace_id: 'demo', open: 'true', n: '1' },
    ]);
    expect(await given(opened, closed).rows('desk_counts')).toEqual([{ workspace_id: 'demo', open: 'false', n: '1' }]);
  });

  it('appends few rows and many alike', async () => {
    const many = Array.from({ length: 300 }, (_, i) => ({ ...opened, streamId: `review-${i}` }));
    const few = await readModelSpec(desks, { batch: 10 })(...many).rows('desk_log');
    const copied = await readModelSpec(desks, { batch: 300 })(...many).rows('desk_log');
    expect(few).toHaveLength(300);
    expect(few[0]).toEqual({ position: '1', type: 'Opened', note: awkward });
    expect(copied).toEqual(few);
  });

  it('lets a query ask the tables', async () => {
    const open = await readModelSpec(desks)(opened).query(async ({ pool, table }) => {
      const { rows } = await pool.query(`SELECT desk_id FROM ${table('desk')} WHERE open`);
      return rows;
    });
    expect(open).toEqual([{ desk_id: 'review-1' }]);
  });

  it('folds without a database too', () => {
    expect(foldRows(desk, opened, closed)).toMatchObject([{ desk_id: 'review-1', open: false, events: 2 }]);
  });
});
