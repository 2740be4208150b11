import { InvalidCursor } from '#libs/kernel/application/page';
import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec } from '#libs/testing/read-model';
import {
  approve,
  definition,
  directory,
  escalate,
  manager,
  officer,
  requestChanges,
  start,
  step,
  Story,
  user,
} from '../../../domain/review.examples.js';
import { inboxes, review } from '../read-models.examples.js';
import { Inbox, inboxSql, type InboxOwner, type InboxPrincipal } from './inbox.query.js';

const hours = (value: number) => ({ value, unit: 'WALL_HOUR' as const });
const two = definition(step('check', { rule: { count: 2 }, assignees: [officer({ seats: 2 })], sla: hours(8) }));
const ann = definition(step('sign', { assignees: [user('ann'), officer()], sla: hours(4) }));
const all = definition(step('agree', { rule: { all: true } }));
const managers = definition(step('sign', { assignees: [manager()] }));
const sideBySide = definition(step('credit'), step('risk', { parallel: true }));
const subject = (id: string) => ({ subject: { type: 'loan', id, title: `Loan ${id}` } });
const joined = directory({ userId: 'late', roles: ['officer'], active: true, branchId: 'HQ' });

const given = readModelSpec(inboxes)(
  ...review('two', Story.of(start(two), approve('ann', { time: '09:30' })), subject('1')),
  ...review('ann', Story.of(start(ann)), subject('2')),
  ...review('all', Story.of(start(all)), subject('3')),
  ...review('waits', Story.of(start(two), requestChanges('ann')), subject('4')),
  ...review('over', Story.of(start(definition(step('check'))), approve('ann')), subject('5')),
  ...review(
    'up',
    Story.of(start(two), escalate('ada', { to: { user: 'mel' }, time: '10:00', may: { reassign: true } })),
    subject('6'),
  ),
  ...review('signs', Story.of(start(managers)), subject('7')),
  ...review('elsewhere', Story.of(start(two)), subject('8'), { workspaceId: 'other' }),
);

const owner = (userId: string, ...roles: string[]) => ({ workspaceId: 'demo', userId, roles });
const inboxOf = (userId: string, ...roles: string[]) =>
  given.query(async (tables) => {
    const { data } = await new Inbox(...queriesOver(tables)).list({ ...owner(userId, ...roles), limit: 25 });
    return data.map(({ reviewId, via }) => `${reviewId} ${via}`);
  });

describe('GET /inbox', () => {
  it('shows what waits for a person with what the API promises', () =>
    given.query(async (tables) => {
      const { data, page } = await new Inbox(...queriesOver(tables)).list({ ...owner('mel'), limit: 25 });
      expect(data).toEqual([
        {
          reviewId: 'up',
          step: 'check',
          assignmentId: expect.any(String),
          via: 'escalated',
          since: '2026-11-22T10:00:00.000Z',
          dueAt: '2026-11-22T17:00:00.000Z',
          urgent: false,
          subject: { type: 'loan', id: '6', title: 'Loan 6' },
        },
      ]);
      expect(page).toEqual({ next: null, hasMore: false });
    }));

  it('lists the most urgent first, what has no due time last, and each review once by the nearest reason', async () =>
    expect(await inboxOf('ann', 'officer')).toEqual(['ann direct', 'up role', 'all role']));

  it('hides what a person has decided, and shows it to others', async () =>
    expect(await inboxOf('bob', 'officer')).toEqual(['ann role', 'two role', 'up role', 'all role']));

  it('keeps a submission from its submitter', async () => expect(await inboxOf('olly', 'officer')).toEqual([]));

  it('keeps a step where everybody must agree from those who joined later', async () => {
    expect(joined.holders('officer')).toContain('late');
    expect(await inboxOf('late', 'officer')).toEqual(['ann role', 'two role', 'up role']);
  });

  it('shows nothing to those without a seat or a role, and nothing of another workspace', async () => {
    expect(await inboxOf('vic', 'viewer')).toEqual([]);
    const other = await given.query((tables) =>
      new Inbox(...queriesOver(tables)).list({ workspaceId: 'other', userId: 'bob', roles: ['officer'], limit: 25 }),
    );
    expect(other.data.map(({ reviewId }) => reviewId)).toEqual(['elsewhere']);
  });

  it('joins the roles a person holds', async () =>
    expect(await inboxOf('both', 'officer', 'manager')).toEqual(['ann role', 'two role', 'up role', 'signs role']));

  it('pages without gaps or repeats', () =>
    given.query(async (tables) => {
      const box = new Inbox(...queriesOver(tables));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const { data, page } = await box.list({ ...owner('bob', 'officer', 'manager'), limit: 1, cursor });
        seen.push(...data.map(({ reviewId }) => reviewId));
        cursor = page.next ?? undefined;
      } while (cursor && seen.length < 20);
      expect(seen).toEqual(['ann', 'two', 'up', 'all', 'signs']);
      await expect(box.list({ ...owner('bob'), limit: 1, cursor: 'zzz' })).rejects.toThrow(InvalidCursor);
    }));

  it('pages through reviews that wait for one role on several steps', () =>
    readModelSpec(inboxes)(
      ...['a', 'b', 'c'].flatMap((id) => review(id, Story.of(start(sideBySide)), subject(id))),
    ).query(async (tables) => {
      const box = new Inbox(...queriesOver(tables));
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const { data, page } = await box.list({ ...owner('bob', 'officer'), limit: 1, cursor });
        seen.push(...data.map(({ reviewId }) => reviewId));
        cursor = page.next ?? undefined;
      } while (cursor);
      expect(seen).toEqual(['a', 'b', 'c']);
      expect(await box.counts(owner('bob', 'officer'), '2026-11-22T14:00:00.000Z')).toMatchObject({ total: 3 });
    }));

  it('is counted by reason, and what is overdue', () =>
    given.query(async (tables) => {
      const counts = await new Inbox(...queriesOver(tables)).counts(
        owner('ann', 'officer'),
        '2026-11-22T14:00:00.000Z',
      );
      expect(counts).toEqual({
        total: 3,
        direct: 1,
        role: 2,
        escalated: 0,
        delegated: 0,
        overdue: 1,
        capped: false,
        views: [],
      });
    }));

  describe('of a person who acts for others', () => {
    const vic = (...actsFor: InboxPrincipal[]) => ({ ...owner('vic', 'viewer'), actsFor });
    const for_ = (userId: string, roles: string[] = [], more: Partial<InboxPrincipal> = {}): InboxPrincipal => ({
      userId,
      roles,
      path: [userId],
      scope: {},
      ...more,
    });
    const seen = (who: InboxOwner) =>
      given.query(async (tables) => {
        const { data } = await new Inbox(...queriesOver(tables)).list({ ...who, limit: 25 });
        return data.map(({ reviewId, via, onBehalfOf }) => [reviewId, via, onBehalfOf].filter(Boolean).join(' '));
      });

    it('shows their work, and whose it is', async () => {
      expect(await seen(vic(for_('mel')))).toEqual(['up delegated mel']);
      expect(await seen(vic(for_('ann', ['officer'])))).toEqual([
        'ann delegated ann',
        'up delegated ann',
        'all delegated ann',
      ]);
    });

    it('shows own work as own', async () =>
      expect(await seen({ ...owner('bob', 'officer'), actsFor: [for_('ann', ['officer']), for_('mel')] })).toEqual([
        'ann role',
        'two role',
        'up role',
        'all role',
      ]));

    it('leaves out what four eyes forbid anybody on the way, and a second voice of one person', async () => {
      expect(await seen(vic(for_('bob', ['officer'], { path: ['bob', 'olly'] })))).toEqual([]);
      expect(await seen({ ...owner('ann'), actsFor: [for_('bob', ['officer'])] })).not.toContain('two delegated bob');
      expect(await seen(vic(for_('ann', ['officer'])))).not.toContain('two delegated ann');
      // Who passed the right on has spoken for himself only.
      expect(await seen(vic(for_('bob', ['officer'], { path: ['bob', 'ann'] })))).toContain('two delegated bob');
      expect(await seen({ ...owner('olly'), actsFor: [for_('mel')] })).toEqual([]);
    });

    it('leaves out what the delegation does not cover', async () => {
      const all = ['ann delegated ann', 'up delegated ann', 'all delegated ann'];
      const limited = (scope: InboxPrincipal['scope']) => seen(vic(for_('ann', ['officer'], { scope })));
      expect(await limited({ workflowKeys: ['x', 'loan-approval'] })).toEqual(all);
      expect(await limited({ workflowKeys: ['x'] })).toEqual([]);
      expect(await limited({ stepKeys: ['sign', 'agree'] })).toEqual(['ann delegated ann', 'all delegated ann']);
      expect(await limited({ maxAmount: { amountMinor: '4500000', currency: 'USD' } })).toEqual(all);
      expect(await limited({ maxAmount: { amountMinor: '4499999', currency: 'USD' } })).toEqual([]);
      expect(await limited({ maxAmount: { amountMinor: '4500000', currency: 'EUR' } })).toEqual([]);
    });

    it('is paged and counted with the rest', () =>
      given.query(async (tables) => {
        const box = new Inbox(...queriesOver(tables));
        const who = { ...owner('max', 'manager'), actsFor: [for_('bob', ['officer']), for_('ann', ['officer'])] };
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const { data, page } = await box.list({ ...who, limit: 1, cursor });
          found.push(...data.map(({ reviewId, via }) => `${reviewId} ${via}`));
          cursor = page.next ?? undefined;
        } while (cursor && found.length < 20);
        expect(found).toEqual(['ann delegated', 'two delegated', 'up delegated', 'all delegated', 'signs role']);
        const counts = await box.counts(who, '2026-11-22T14:00:00.000Z');
        expect(counts).toEqual({
          total: 5,
          direct: 0,
          role: 1,
          escalated: 0,
          delegated: 4,
          overdue: 1,
          capped: false,
          views: [],
        });
      }));
  });

  it('is one statement that reads index ranges only, however many roles a person holds', () =>
    given.query(async (tables) => {
      const [database] = queriesOver(tables);
      const query = inboxSql(owner('bob', 'officer', 'manager'), 26, undefined, tables.table('inbox')).compile(
        database.kysely(),
      );
      const client = await tables.pool.connect();
      try {
        await client.query('SET enable_seqscan = off');
        await client.query('SET enable_bitmapscan = off');
        await client.query('SET enable_sort = off');
        const { rows } = await client.query(`EXPLAIN ${query.sql}`, [...query.parameters]);
        const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
        expect(plan).not.toContain('Seq Scan');
        expect(plan).toMatch(/Index Scan using inbox_v\d+_b\d+_i1/);
        expect(plan).toMatch(/Index Cond: .*workspace_id = .*assignee = who/);
      } finally {
        await client.query('RESET ALL');
        client.release();
      }
    }));
});
