import { VirtualClock } from '#libs/kernel/infrastructure/virtual-clock';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

const HOUR = 3_600_000;

interface Told {
  readonly type: string;
  readonly recordedAt: string;
  readonly actor: { readonly id: string };
  readonly data: any;
}

/** The median as the dashboards take it: the lower of the two in the middle. */
const median = (times: readonly number[]): number | null =>
  times.toSorted((a, b) => a - b)[Math.ceil(times.length / 2) - 1] ?? null;

const milliseconds = (duration: string | null): number | null => {
  if (duration === null) return null;
  const [, hours = '0', minutes = '0', seconds = '0'] = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(duration)!;
  return Number(hours) * HOUR + Number(minutes) * 60_000 + Number(seconds) * 1000;
};

describe('dashboards over HTTP, beside a fold of the log', () => {
  // A Monday.
  const clock = new VirtualClock('2026-11-23T09:00:00.000Z');
  let api: ApiInstallation;
  let workflow: string;
  let key: string;
  const reviews: string[] = [];

  const later = (hours: number) => clock.advance(hours * HOUR);
  const decide = (reviewId: string, as: string, verdict = 'approve') =>
    api.post(`/reviews/${reviewId}/decide`, as, { verdict, reviewedRevision: 1 });
  const dashboard = async (name: string, as = 'admin', query = '') => {
    const answer = await api.get(`/dashboard/${name}?workflow=${key}${query}`, as, {
      'consistency-token': api.token(),
    });
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const events = async (): Promise<Told[][]> =>
    Promise.all(reviews.map(async (id) => (await api.get(`/reviews/${id}/events`, 'admin')).body.data));

  beforeAll(async () => {
    api = await installation({ ACCESS_TOKEN_MINUTES: '1440' }, clock);
    workflow = await publishedWorkflow(api, [
      roleStep('check', 'officer', 1, { slaHours: 4 }),
      roleStep('sign', 'manager', 1, { slaHours: 8 }),
    ]);
    key = (await api.get(`/workflows/${workflow}`, 'admin')).body.key;
    for (let i = 0; i < 6; i++) reviews.push(await startedReview(api, workflow, { amount: String(i) }));
    const [a = '', b = '', c = '', d = '', e = ''] = reviews;

    later(1);
    await decide(a, 'officer2');
    later(1);
    await decide(b, 'officer2');
    await decide(a, 'manager');
    await api.post(`/reviews/${c}/request-changes`, 'officer2', {
      reviewedRevision: 1,
      items: [{ text: 'Which van?', blocking: true }],
    });
    await api.post(`/reviews/${d}/hold`, 'manager', { reason: 'The valuer is away' });
    later(3); // e and f are late
    await api.post('/reviews/escalate', 'admin');
    await decide(b, 'manager2', 'reject');
    await api.post(`/reviews/${d}/resume`, 'manager', { reason: 'Back' });
    await decide(e, 'officer2');
    await api.post(`/reviews/${e}/request-info`, 'manager', { question: 'Since when?' });
    later(1);
    await decide(d, 'officer2');
  });
  afterAll(() => api.stop());

  it('bottlenecks: open, waiting and sent back are what the log says', async () => {
    const log = await events();
    const { data, hasMore, from, to } = await dashboard('bottlenecks');
    expect({ hasMore, from, to }).toEqual({ hasMore: false, from: '2026-10-25', to: '2026-11-24' });
    for (const line of data) {
      const ofStep = log.map((told) => told.filter((event) => event.data.step === line.step));
      const count = (type: string) => ofStep.flat().filter((event) => event.type === type).length;
      expect(line.workflow).toEqual({ id: workflow, key });
      expect(line.open).toBe(count('StepStarted') - count('StepCompleted') - count('StepRejected'));
      expect(line.completed).toBe(count('StepCompleted') + count('StepRejected'));
      expect(line.sentBack).toBe(count('ChangesRequested'));
      expect(line.asked).toBe(count('InfoRequested'));
      // By a wall clock what was used up is how long it was open.
      const waited = ofStep
        .flat()
        .flatMap(({ type, data: { consumedMs } }) => (/^Step(Completed|Rejected)$/.test(type) ? [consumedMs] : []));
      expect(milliseconds(line.waiting.p50)).toBe(median(waited));
    }
    const byStep = Object.fromEntries(data.map((line: any) => [line.step, line]));
    expect(byStep.check).toMatchObject({
      open: 2,
      oldestSince: '2026-11-23T09:00:00.000Z',
      waitsFor: [
        { type: 'ROLE', id: 'officer', open: 1 },
        { type: 'SUBMITTER', id: null, open: 1 },
      ],
    });
    expect(byStep.sign).toMatchObject({ open: 2, waiting: { p50: 'PT1H', p90: 'PT3H' } });
  });

  it('workload: whoever decided has as many decisions as the log has of theirs', async () => {
    const decisions = (await events()).flat().filter(({ type }) => type === 'DecisionRecorded');
    const { data } = await dashboard('workload');
    const lines = new Map<string, any>(data.map((line: any) => [line.assignee.id, line]));
    for (const name of ['officer2', 'manager', 'manager2']) {
      const id = api.ids.get(name)!;
      expect([name, lines.get(id)?.decided]).toEqual([name, decisions.filter(({ actor }) => actor.id === id).length]);
    }
    expect(lines.get('officer')).toMatchObject({ open: 1, overdue: 1, decided: 4 });
    expect(lines.get('manager')).toMatchObject({ open: 1, overdue: 0, decided: 2 });
    expect(lines.get(api.ids.get('officer2')!)).toMatchObject({ timeToDecide: { p50: 'PT2H', p90: 'PT5H' } });
  });

  it('sla: what was kept, what is late, and whose time it was', async () => {
    const { data } = await dashboard('sla');
    const [{ steps, ...all }] = data;
    expect(all).toMatchObject({ workflow: { id: workflow, key }, met: 5, breached: 1, onTimePercent: '83.33' });
    expect(all.open).toEqual({ onTrack: 1, atRisk: 0, late: 1, paused: 2 });
    const [check] = steps;
    // Four steps: 1, 2, 3 and 5 hours of their approvers, and one of them 3 hours on hold.
    expect(check).toMatchObject({
      step: 'check',
      unit: 'WALL_HOUR',
      met: 3,
      breached: 1,
      attribution: {
        of: 4,
        approver: { mean: 'PT2H45M', percent: '78.57' },
        hold: { mean: 'PT45M', percent: '21.43' },
        submitter: { mean: 'PT0S', percent: '0.00' },
        blocked: { mean: 'PT0S', percent: '0.00' },
      },
    });
    const log = await events();
    const late = log.flat().filter(({ type }) => type === 'SlaBreached').length;
    expect(all.breached + all.open.late).toBe(late);
  });

  it('follow the reach of the reader, and never leave the workspace', async () => {
    const open = async (as: string, query = '') =>
      (await dashboard('bottlenecks', as, query)).data.reduce((sum: number, line: any) => sum + line.open, 0);
    expect(await open('auditor')).toBe(4);
    expect(await open('manager')).toBe(4);
    await api.register('northerner', 'manager', 'demo', 'NORTH');
    expect(await open('northerner')).toBe(0);
    const own = await startedReview(api, workflow, { amount: '7' }, 'northerner');
    expect(await open('northerner')).toBe(1);
    expect(await open('admin')).toBe(5);
    expect(await open('admin', '&branch=NORTH')).toBe(1);
    expect(await open('admin', '&branch=NORTH,HQ')).toBe(5);
    await api.post(`/reviews/${own}/withdraw`, 'northerner');
    expect(await open('northerner')).toBe(0);
    for (const name of ['bottlenecks', 'workload', 'sla'])
      expect((await dashboard(name, 'other-admin')).data).toEqual([]);
  });

  it('look at the days that are asked for', async () => {
    expect((await dashboard('workload', 'admin', '&to=2026-11-23')).data.map((line: any) => line.decided)).toEqual([
      0, 0,
    ]);
    expect(await dashboard('bottlenecks', 'admin', '&from=2026-11-23&limit=1')).toMatchObject({
      from: '2026-11-23',
      to: '2026-11-24',
      hasMore: true,
    });
  });

  it.each([
    ['from=2026-13-01', 'invalid-parameter'],
    ['from=yesterday', 'invalid-parameter'],
    ['from=2026-11-24', 'invalid-parameter'],
    ['from=2025-01-01', 'invalid-parameter'],
    ['from=2026-11-02&to=2026-11-02', 'invalid-parameter'],
    ['limit=101', 'invalid-parameter'],
    ['branch=', 'invalid-parameter'],
    ['workflows=x', 'unknown-parameter'],
  ])('refuse ?%s', async (query, code) => {
    for (const name of ['bottlenecks', 'workload', 'sla'])
      expect(await api.get(`/dashboard/${name}?${query}`, 'admin')).toMatchObject({ status: 400, body: { code } });
  });

  it('say how far they are, and wait for a token', async () => {
    const { headers, status } = await api.get('/dashboard/sla', 'admin', { 'consistency-token': api.token() });
    expect([status, headers.has('projection-position')]).toEqual([200, true]);
  });
});
