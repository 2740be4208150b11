import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec } from '#libs/testing/read-model';
import {
  approve,
  definition,
  fireTimer,
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
import { Dashboard } from './dashboard-summary.query.js';

const within = (hours: number) => definition(step('check', { sla: { value: hours, unit: 'WALL_HOUR' } }));
const breached = () => {
  const story = Story.of(start(within(1)));
  const { executionId } = story.find('StepStarted');
  return story.and(fireTimer({ executionId, generation: 1, kind: 'breach' }, { time: '10:00' }));
};

const given = readModelSpec(core, { batch: 3 })(
  ...review('due-9', Story.of(start(within(0)))),
  ...review('due-10', breached()),
  ...review('due-17', Story.of(start(within(8)))),
  ...review('due-tomorrow', Story.of(start(within(24))), { branchId: 'NORTH' }),
  ...review('stopped', Story.of(start(within(1)), requestChanges('ann', { time: '09:30' }))),
  ...review('undated', Story.of(start(definition(step('check')), { by: 'ann' })), { submittedBy: 'ann' }),
  ...review('approved', Story.of(start(within(1)), approve('ann', { time: '09:30' }))),
  ...review('rejected', Story.of(start(within(1)), reject('ann', { time: '09:30' })), { branchId: 'NORTH' }),
  ...review(
    'earlier',
    Story.of(
      start(definition(step('sign', { assignees: [manager(), user('mia')] })), { time: '2026-11-20T09:00:00.000Z' }),
      approve('mia', { time: '2026-11-20T10:00:00.000Z' }),
    ),
  ),
  ...review('withdrawn', Story.of(start(within(1)), withdraw('olly', { time: '09:30' }))),
  ...review('elsewhere', Story.of(start(within(0))), {}, { workspaceId: 'other' }),
);

const summary = (now: string, access = reader('ada')) =>
  given.query((tables) => new Dashboard(...queriesOver(tables)).summary({ access, now }));

/** Statuses in which no review of this story is. */
const none = { submitted: 0, info_requested: 0, on_hold: 0, expired: 0, cancelled: 0 };

describe('GET /dashboard/summary', () => {
  it('counts the workspace', async () =>
    expect(await summary('2026-11-22T10:30:00.000Z')).toEqual({
      byStatus: { in_review: 5, changes_requested: 1, approved: 2, rejected: 1, withdrawn: 1, ...none },
      overdue: 2,
      dueToday: 3,
      decidedToday: 2,
    }));

  it.each([
    ['2026-11-22T09:00:00.000Z', 0],
    ['2026-11-22T09:00:00.001Z', 1],
    ['2026-11-22T10:00:00.000Z', 1],
    ['2026-11-22T10:00:00.001Z', 2],
    ['2026-11-22T17:00:00.000Z', 2],
    ['2026-11-22T23:59:59.999Z', 3],
    ['2026-11-23T08:00:00.000Z', 3],
    ['2026-11-23T09:00:00.001Z', 4],
    ['2026-12-24T00:00:00.000Z', 4],
  ])('finds what is overdue at %s to the millisecond: %d', async (now, overdue) =>
    expect(await summary(now)).toMatchObject({ overdue }),
  );

  it('starts a new day at midnight UTC', async () => {
    expect(await summary('2026-11-21T23:59:59.999Z')).toMatchObject({ overdue: 0, dueToday: 0, decidedToday: 0 });
    expect(await summary('2026-11-23T00:00:00.000Z')).toMatchObject({ overdue: 3, dueToday: 1, decidedToday: 0 });
    expect(await summary('2026-11-20T12:00:00.000Z')).toMatchObject({ decidedToday: 1 });
  });

  it('counts branches, or what one submitted, as far as one sees', async () => {
    expect(await summary('2026-11-23T10:00:00.000Z', reader('mia', [], { branches: ['NORTH'] }))).toEqual({
      byStatus: { in_review: 1, changes_requested: 0, approved: 0, rejected: 1, withdrawn: 0, ...none },
      overdue: 1,
      dueToday: 1,
      decidedToday: 0,
    });
    expect(await summary('2026-11-22T10:30:00.000Z', reader('ann', ['officer'], 'own'))).toMatchObject({
      byStatus: { in_review: 1, approved: 0 },
      overdue: 0,
    });
    expect(await summary('2026-11-22T10:30:00.000Z', reader('x', [], { branches: ['HQ', 'NORTH'] }))).toMatchObject({
      byStatus: { in_review: 5 },
      overdue: 2,
    });
  });

  it('counts nothing of another workspace', async () =>
    expect(await summary('2026-11-22T10:30:00.000Z', { ...reader('ada'), workspaceId: 'third' })).toMatchObject({
      byStatus: { in_review: 0 },
      overdue: 0,
    }));

  it('agrees with the rows', () =>
    given.query(async ({ pool, table }) => {
      const { rows } = await pool.query(
        `SELECT s.status, count(*)::text AS n,
           (SELECT c.n::text FROM ${table('review_counter')} c
            WHERE c.workspace_id = 'demo' AND c.scope = 'all' AND c.measure = 'status' AND c.bucket = s.status) AS counted
         FROM ${table('review_status')} s WHERE s.workspace_id = 'demo' GROUP BY s.status`,
      );
      expect(rows.length).toBeGreaterThan(4);
      for (const { n, counted } of rows) expect(counted).toBe(n);
    }));
});
