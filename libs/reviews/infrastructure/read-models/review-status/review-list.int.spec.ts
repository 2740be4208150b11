import { InvalidCursor } from '#libs/kernel/application/page';
import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec, type GivenTables } from '#libs/testing/read-model';
import {
  approve,
  definition,
  manager,
  reject,
  requestChanges,
  start,
  step,
  Story,
  user,
  withdraw,
} from '../../../domain/review.examples.js';
import { core, reader, review } from '../read-models.examples.js';
import { listSql, ReviewList, type ReviewFilters } from './review-list.query.js';

const officers = definition(step('check', { sla: { value: 8, unit: 'WALL_HOUR' } }));
const managers = definition(step('sign', { assignees: [manager()] }));
const mia = definition(step('sign', { assignees: [user('mia')] }));
const loan = (n: number) => ({ subject: { type: 'loan', id: `loan-${n}`, title: `Loan ${n} of Ann_Archer` } });
const submitted = (hour: string, by = 'olly') => ({ time: `2026-11-22T${hour}:00:00.000Z`, by });

const given = readModelSpec(core)(
  ...review('open', Story.of(start(officers, submitted('09'))), loan(1)),
  ...review('answered', Story.of(start(officers, submitted('10')), requestChanges('ann', { time: '11:00' })), {
    ...loan(2),
    branchId: 'NORTH',
  }),
  ...review('approved', Story.of(start(managers, submitted('11', 'ann')), approve('mia', { time: '12:00' })), loan(3)),
  ...review('rejected', Story.of(start(managers, submitted('12', 'bob')), reject('mia', { time: '13:00' })), {
    subject: { type: 'document', id: 'doc-100%' },
  }),
  ...review('withdrawn', Story.of(start(mia, submitted('13', 'bob')), withdraw('bob')), loan(4)),
  ...review('mias', Story.of(start(mia, submitted('14', 'bob'))), {
    workflow: { id: 'wf_mia', key: 'mia-signs', name: 'Mia signs', version: 1, contentHash: 'h' },
  }),
  ...review('elsewhere', Story.of(start(officers, submitted('15'))), loan(1), { workspaceId: 'other' }),
);

const list = (tables: GivenTables) => new ReviewList(...queriesOver(tables));
const ids = async (filters: ReviewFilters, access = reader('ada')) =>
  given.query(async (tables) => {
    const { data } = await list(tables).list({ access, limit: 25, ...filters });
    return data.map(({ id }) => id);
  });

describe('GET /reviews', () => {
  it('shows a line per review, newest first, with what the API promises', () =>
    given.query(async (tables) => {
      const { data, page } = await list(tables).list({ access: reader('ada'), limit: 25 });
      expect(data.map(({ id }) => id)).toEqual(['mias', 'withdrawn', 'rejected', 'approved', 'answered', 'open']);
      expect(page).toEqual({ next: null, hasMore: false });
      expect(data.at(-1)).toEqual({
        id: 'open',
        status: 'in_review',
        workflowKey: 'loan-approval',
        subject: { type: 'loan', id: 'loan-1', title: 'Loan 1 of Ann_Archer' },
        currentStep: 'check',
        submittedBy: 'olly',
        submittedAt: '2026-11-22T09:00:00.000Z',
        dueAt: '2026-11-22T17:00:00.000Z',
        slaState: 'running',
      });
    }));

  it.each<[string, ReviewFilters, string[]]>([
    ['a status', { status: ['approved'] }, ['approved']],
    ['any of several', { status: ['approved', 'rejected'] }, ['rejected', 'approved']],
    ['a status nobody is in', { status: ['on_hold'] }, []],
    ['a workflow by key', { workflow: ['mia-signs'] }, ['mias']],
    ['a workflow by id', { workflow: ['wf_mia'] }, ['mias']],
    ['a subject type', { subjectType: ['document'] }, ['rejected']],
    ['one subject', { subjectType: ['loan'], subjectId: ['loan-3'] }, ['approved']],
    ['who submitted', { submittedBy: ['bob'] }, ['mias', 'withdrawn', 'rejected']],
    ['whose turn it is', { assignee: ['mia'] }, ['mias']],
    ['which role is asked', { assignee: ['role:officer'] }, ['answered', 'open']],
    ['two whose turn it is', { assignee: ['mia', 'role:officer'] }, ['mias', 'answered', 'open']],
    ['a turn within a status', { assignee: ['role:officer'], status: ['in_review'] }, ['open']],
    ['a running clock', { sla: ['running'] }, ['open']],
    ['a stopped clock', { sla: ['paused'] }, ['answered']],
    ['what is due before', { dueAt: { lt: '2026-11-22T17:00:00.001Z' } }, ['open']],
    ['what is due later', { dueAt: { gt: '2026-11-22T17:00:00Z' } }, []],
    [
      'a day',
      { submittedAt: { gte: '2026-11-22T12:00:00Z', lt: '2026-11-22T14:00:00+00:00' } },
      ['withdrawn', 'rejected'],
    ],
    ['when it was decided', { decidedAt: { lte: '2026-11-22T12:00:00Z' } }, ['approved']],
    ['words, in any order and case', { text: 'ARCHER loan' }, ['withdrawn', 'approved', 'answered', 'open']],
    ['words taken literally', { text: '100%' }, ['rejected']],
    ['signs taken literally', { text: 'l_an' }, []],
    [
      'nothing',
      { status: [], assignee: [], text: '  ' },
      ['mias', 'withdrawn', 'rejected', 'approved', 'answered', 'open'],
    ],
  ])('filters by %s', async (_, filters, expected) => expect(await ids(filters)).toEqual(expected));

  it('shows people their own: submitted, or a seat now or earlier, by name or by role', async () => {
    expect(await ids({}, reader('olly', [], 'own'))).toEqual(['answered', 'open']);
    expect(await ids({}, reader('ann', [], 'own'))).toEqual(['approved', 'answered']);
    expect(await ids({}, reader('mia', [], 'own'))).toEqual(['mias', 'withdrawn', 'rejected', 'approved']);
    expect(await ids({}, reader('new', ['officer'], 'own'))).toEqual(['answered', 'open']);
    expect(await ids({}, reader('vic', [], 'own'))).toEqual([]);
  });

  it('shows a branch, and what is one’s own beside it', async () => {
    expect(await ids({}, reader('x', [], { branches: ['NORTH'] }))).toEqual(['answered']);
    expect(await ids({}, reader('bob', [], { branches: ['NORTH'] }))).toEqual([
      'mias',
      'withdrawn',
      'rejected',
      'answered',
    ]);
  });

  it('filters by turn only among what one may see', async () => {
    expect(await ids({ assignee: ['role:officer'] }, reader('vic', [], 'own'))).toEqual([]);
    expect(await ids({ assignee: ['role:officer'] }, reader('x', [], { branches: ['NORTH'] }))).toEqual(['answered']);
  });

  it('never shows another workspace', async () => {
    expect(await ids({}, { ...reader('ada'), workspaceId: 'third' })).toEqual([]);
    expect(await ids({}, { ...reader('ada'), workspaceId: 'other' })).toEqual(['elsewhere']);
    expect(await ids({}, { ...reader('olly', [], 'own'), workspaceId: 'other' })).toEqual(['elsewhere']);
  });

  it.each([
    ['all', reader('ada')],
    ['own, through several principals', reader('bob', ['officer', 'manager'], 'own')],
  ])('pages without gaps or repeats (%s)', (_, access) =>
    given.query(async (tables) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let pages = 0; pages < 10; pages++) {
        const { data, page } = await list(tables).list({ access, limit: 2, cursor });
        seen.push(...data.map(({ id }) => id));
        expect(page.hasMore).toBe(page.next !== null);
        if (page.next === null) break;
        cursor = page.next;
      }
      expect(seen).toEqual(['mias', 'withdrawn', 'rejected', 'approved', 'answered', 'open']);
    }),
  );

  it('refuses a cursor it did not give', () =>
    given.query(async (tables) => {
      await expect(list(tables).list({ access: reader('ada'), limit: 2, cursor: 'x' })).rejects.toThrow(InvalidCursor);
    }));

  it('says which lines are behind', () =>
    given.query(async (tables) => {
      const { data } = await new ReviewList(...queriesOver(tables, ['open'])).list({
        access: reader('ada'),
        limit: 25,
      });
      expect(data.filter(({ stale }) => stale).map(({ id }) => id)).toEqual(['open']);
    }));

  it('reads index ranges in order, and sorts no table', () =>
    given.query(async (tables) => {
      const [database] = queriesOver(tables);
      for (const access of [reader('ada'), reader('bob', ['officer'], 'own')]) {
        const query = listSql({ access, limit: 25 }, undefined, tables.table).compile(database.kysely());
        const client = await tables.pool.connect();
        try {
          await client.query('SET enable_seqscan = off');
          const { rows } = await client.query(`EXPLAIN ${query.sql}`, [...query.parameters]);
          const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
          expect(plan).not.toContain('Seq Scan');
          expect(plan).toContain('Index');
        } finally {
          await client.query('RESET enable_seqscan');
          client.release();
        }
      }
    }));
});
