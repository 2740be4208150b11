import type { RawBuilder } from 'kysely';
import { defaultCalendar } from '#libs/kernel/domain/calendar';
import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec } from '#libs/testing/read-model';
import {
  approve,
  claim,
  definition,
  fireTimer,
  hold,
  manager,
  reject,
  requestChanges,
  requestInfo,
  resubmit,
  resume,
  start,
  step,
  Story,
  user,
} from '../../../domain/review.examples.js';
import { reader, review, works } from '../read-models.examples.js';
import { Bottlenecks, bottlenecksSql } from './bottlenecks.query.js';
import { Promises, promisesSql } from './promises.query.js';
import type { WorkRequest } from './work-request.js';
import { Workloads, workloadSql } from './workload.query.js';

const HOUR = 3_600_000;
const hours = (value: number) => ({ value, unit: 'WALL_HOUR' as const });
const two = definition(
  step('check', { sla: hours(4), maxRounds: 3 }),
  step('sign', { assignees: [manager(), user('mia')], rule: { count: 1 } }),
);
const open = definition(step('desk', { sla: { value: 1, unit: 'BUSINESS_DAY' }, rule: { count: 2 } }));
const breach = (story: Story, time: string) => {
  const { executionId } = story.find('StepStarted');
  return story.and(fireTimer({ executionId, generation: 1, kind: 'breach' }, { time }));
};
const claimed = (() => {
  const story = Story.of(start(two));
  return story.and(claim('bob', story.find('StepStarted').assignments[0]!.assignmentId, { time: '09:30' }));
})();
const named = (id: string, key: string) => ({
  workflow: { id, key, name: key, version: 1, contentHash: '' },
});
const [loans, leases] = [named('wf_loans', 'loans'), named('wf_leases', 'leases')];
const friday = '2026-11-20T15:00:00.000Z';
const monday = '2026-11-23T10:00:00.000Z';

const given = readModelSpec(works, { batch: 3 })(
  ...review('late', breach(Story.of(start(two)), '13:00'), loans),
  ...review('claimed', claimed, loans),
  ...review('signs', Story.of(start(two), approve('ann', { time: '10:00' })), { ...loans, branchId: 'NORTH' }),
  ...review(
    'round-two',
    Story.of(
      start(two),
      requestChanges('ann', { time: '10:00' }),
      resubmit({ amountMinor: '1' }, { time: '12:00' }),
      approve('ann', { time: '12:30', revision: 2 }),
      approve('mia', { time: '12:45', revision: 2 }),
    ),
    loans,
  ),
  ...review('asked', Story.of(start(two), requestInfo('ann', { time: '09:15' })), loans),
  ...review(
    'held',
    Story.of(
      start(two),
      hold('mia', { time: '10:00' }),
      resume('mia', { time: '15:00' }),
      reject('bob', { time: '16:00' }),
    ),
    { ...loans, submittedBy: 'ann' },
  ),
  ...review('over-the-weekend', Story.of(start(open, { time: friday }), approve('ann', { time: monday })), leases),
  ...review('elsewhere', breach(Story.of(start(two)), '13:00'), loans, { workspaceId: 'other' }),
);

const request = (more: Partial<WorkRequest> = {}): WorkRequest => ({
  access: reader('ada'),
  now: '2026-11-22T13:30:00.000Z',
  from: '2026-11-01',
  to: '2026-12-01',
  limit: 25,
  ...more,
});
const bottlenecks = (more?: Partial<WorkRequest>) =>
  given.query((tables) => new Bottlenecks(...queriesOver(tables)).list(request(more)));
const workload = (more?: Partial<WorkRequest>) =>
  given.query((tables) => new Workloads(...queriesOver(tables)).list(request(more)));
const promises = (more?: Partial<WorkRequest>) =>
  given.query((tables) => new Promises(...queriesOver(tables)).list(request(more)));

const nothing = { p50: null, p90: null };

describe('GET /dashboard/bottlenecks', () => {
  it('says where reviews wait, for whom and how long, most open first', async () =>
    expect(await bottlenecks()).toEqual({
      from: '2026-11-01',
      to: '2026-12-01',
      hasMore: false,
      data: [
        {
          workflow: { id: 'wf_loans', key: 'loans' },
          step: 'check',
          open: 3,
          blocked: 0,
          onHold: 0,
          oldestSince: '2026-11-22T09:00:00.000Z',
          waitsFor: [
            { who: 'role:officer', open: 1 },
            { who: 'submitter', open: 1 },
            { who: 'user:bob', open: 1 },
          ],
          completed: 3,
          // Half an hour in the second round after an hour in the first; an hour; two hours around a hold.
          waiting: { p50: 1.5 * HOUR, p90: 2 * HOUR },
          sentBack: 1,
          asked: 1,
        },
        expect.objectContaining({
          step: 'sign',
          open: 1,
          waitsFor: [
            { who: 'role:manager', open: 1 },
            { who: 'user:mia', open: 1 },
          ],
          completed: 1,
          waiting: { p50: HOUR / 4, p90: HOUR / 4 },
        }),
        expect.objectContaining({
          step: 'desk',
          workflow: { id: 'wf_leases', key: 'leases' },
          open: 1,
          oldestSince: friday,
          waitsFor: [{ who: 'role:officer', open: 1 }],
          completed: 0,
          waiting: nothing,
        }),
      ],
    }));

  it('shows a line less than there are, and says so', async () => {
    const { data, hasMore } = await bottlenecks({ limit: 1 });
    expect([data.map(({ step: key }) => key), hasMore]).toEqual([['check'], true]);
  });

  it('is narrowed by workflow (id or key), branch and window', async () => {
    const steps = async (more: Partial<WorkRequest>) => (await bottlenecks(more)).data.map((line) => line.step);
    expect(await steps({ workflow: ['leases'] })).toEqual(['desk']);
    expect(await steps({ workflow: ['wf_loans'], branch: ['NORTH'] })).toEqual(['sign', 'check']);
    expect((await bottlenecks({ from: '2026-11-23' })).data.map(({ completed }) => completed)).toEqual([0, 0, 0]);
    expect((await bottlenecks({ to: '2026-11-22' })).data.map(({ sentBack }) => sentBack)).toEqual([0, 0, 0]);
  });
});

describe('GET /dashboard/workload', () => {
  it('says what people and roles have to do, and how soon they decide', async () =>
    expect((await workload()).data).toEqual([
      { who: 'role:officer', open: 2, overdue: 1, decided: 4, timeToDecide: { p50: HOUR, p90: 3 * HOUR } },
      { who: 'user:bob', open: 1, overdue: 1, decided: 1, timeToDecide: { p50: 2 * HOUR, p90: 2 * HOUR } },
      { who: 'user:mia', open: 1, overdue: 0, decided: 1, timeToDecide: { p50: HOUR / 4, p90: HOUR / 4 } },
      { who: 'role:manager', open: 1, overdue: 0, decided: 0, timeToDecide: nothing },
      { who: 'user:ann', open: 0, overdue: 0, decided: 3, timeToDecide: { p50: HOUR, p90: 3 * HOUR } },
    ]));

  it('counts open hours where a calendar applies', async () => {
    // Friday from 15:00 to closing time, and Monday from opening time to 10:00.
    const { week } = defaultCalendar.rules;
    expect([week.friday, week.monday]).toEqual([[{ from: '09:00', to: '17:00' }], [{ from: '09:00', to: '17:00' }]]);
    const { data } = await workload({ workflow: ['leases'] });
    expect(data.find(({ who }) => who === 'user:ann')?.timeToDecide.p50).toBe(3 * HOUR);
  });
});

describe('GET /dashboard/sla', () => {
  it('says which budgets are kept, by step, and whose time it was', async () => {
    const [first, second] = (await promises()).data;
    expect(first).toMatchObject({
      workflow: { id: 'wf_loans', key: 'loans' },
      met: 3,
      breached: 0,
      onTrack: 0,
      atRisk: 0,
      late: 2, // of one the timer has not told yet
      paused: 1,
    });
    expect(first?.steps).toEqual([
      expect.objectContaining({
        step: 'check',
        unit: 'WALL_HOUR',
        attribution: { of: 3, approver: 4.5 * HOUR, submitter: 2 * HOUR, hold: 5 * HOUR, blocked: 0 },
      }),
    ]);
    expect(second).toMatchObject({ workflow: { key: 'leases' }, onTrack: 1, late: 0, met: 0 });
  });

  it('knows what is at risk before it is late', async () => {
    const at = async (now: string) => {
      const { onTrack, atRisk, late } = (await promises({ now: `2026-11-22T${now}:00.000Z`, workflow: ['loans'] }))
        .data[0]!;
      return [onTrack, atRisk, late];
    };
    // One is breached for good; the other is due at 13:00.
    expect(await at('11:59')).toEqual([1, 0, 1]);
    expect(await at('12:00')).toEqual([0, 1, 1]);
    expect(await at('13:00')).toEqual([0, 1, 1]);
    expect(await at('13:01')).toEqual([0, 0, 2]);
  });
});

describe('The dashboards about work', () => {
  it('tell nothing of another workspace', async () => {
    const access = { ...reader('ada'), workspaceId: 'third' };
    for (const list of [bottlenecks, workload, promises]) expect((await list({ access })).data).toEqual([]);
  });

  it('are about branches, or about what one submitted, as far as one sees', async () => {
    const north = reader('mia', ['viewer'], { branches: ['NORTH'] });
    expect((await bottlenecks({ access: north })).data.map(({ step: key, open: n }) => [key, n])).toEqual([
      ['sign', 1],
      ['check', 0],
    ]);
    expect((await bottlenecks({ access: north, branch: ['HQ'] })).data).toEqual([]);
    const own = reader('ann', ['officer'], 'own');
    expect((await workload({ access: own })).data.map(({ who, decided }) => [who, decided])).toEqual([
      ['role:officer', 1],
      ['user:bob', 1],
    ]);
    expect((await promises({ access: own })).data.map(({ met }) => met)).toEqual([1]);
  });

  it.each<[string, (asked: WorkRequest, table: (name: string) => string) => RawBuilder<unknown>]>([
    ['bottlenecks', bottlenecksSql],
    ['workload', workloadSql],
    ['sla', promisesSql],
  ])('read %s in one statement from indexes only, whoever asks', (_, sqlOf) =>
    given.query(async (tables) => {
      const [database] = queriesOver(tables);
      const client = await tables.pool.connect();
      try {
        await client.query('SET enable_seqscan = off');
        for (const reach of ['all', 'own', { branches: ['NORTH'] }] as const) {
          const asked = request({ access: reader('ann', ['officer'], reach), workflow: ['loans'] });
          const query = sqlOf(asked, tables.table).compile(database.kysely());
          const { rows } = await client.query(`EXPLAIN ${query.sql}`, [...query.parameters]);
          const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n');
          expect(plan).not.toContain('Seq Scan');
          expect(plan).toMatch(/Index (Only )?Scan using work_counter/);
        }
      } finally {
        await client.query('RESET ALL');
        client.release();
      }
    }),
  );
});
