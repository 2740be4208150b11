import { VirtualClock } from '#libs/kernel/infrastructure/virtual-clock';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

const HOUR = 3_600_000;

describe('deadlines over HTTP, under a clock of our own', () => {
  // A Monday.
  const clock = new VirtualClock('2026-11-23T09:00:00.000Z');
  let api: ApiInstallation;
  beforeAll(async () => {
    // Nobody fires but who is asked to.
    api = await installation({ WORKER_ROLES: 'projections,processes,outbox', ACCESS_TOKEN_MINUTES: '1440' }, clock);
  });
  afterAll(() => api.stop());

  const started = async (workflow: string, count: number): Promise<string[]> => {
    const ids: string[] = [];
    for (let begun = 0; begun < count; begun += 25)
      ids.push(
        ...(await Promise.all(Array.from({ length: Math.min(25, count - begun) }, () => startedReview(api, workflow)))),
      );
    return ids;
  };
  const typesOf = async (reviewId: string): Promise<string[]> =>
    (await api.get(`/reviews/${reviewId}/events`, 'admin')).body.data.map(({ type }: { type: string }) => type);
  const fire = async (): Promise<number> => {
    const { status, body } = await api.post('/reviews/escalate', 'admin');
    expect(status).toBe(200);
    return body.fired as number;
  };

  it('of 600 open reviews of which 50 are overdue, all 50 fire', async () => {
    const ladder = [
      { id: 'r1', at: '0', action: 'add', to: { role: 'admin' } },
      { id: 'r2', at: '+999h', action: 'none' },
    ];
    const soon = await publishedWorkflow(api, [roleStep('soon', 'manager', 1, { slaHours: 1, ladder })]);
    const later = await publishedWorkflow(api, [roleStep('later', 'manager', 1, { slaHours: 100, ladder })]);
    const overdue = await started(soon, 50);
    const open = await started(later, 550);

    expect(await fire()).toBe(0);
    clock.advance(HOUR);
    expect(await fire()).toBe(100); // the breach and the rung of each
    expect(await fire()).toBe(0);

    for (const id of overdue) {
      const types = await typesOf(id);
      expect(types.filter((type) => type === 'SlaBreached')).toHaveLength(1);
      expect(types.filter((type) => type === 'RungFired')).toHaveLength(1);
      expect(types.filter((type) => type === 'AssignmentAdded')).toHaveLength(1);
    }
    for (const id of open.slice(0, 50)) expect(await typesOf(id)).toEqual(['ReviewStarted', 'StepStarted']);
    const late = await api.get('/reviews?sla=breached&limit=100', 'admin', { 'consistency-token': api.token() });
    expect(late.body.data.map(({ id }: { id: string }) => id).toSorted()).toEqual(overdue.toSorted());
  });

  it('count open hours: the clock stands at night, and moves when a calendar is published', async () => {
    clock.moveTo('2026-11-23T16:00:00.000Z');
    const sla = { value: 2, unit: 'BUSINESS_HOUR' };
    const ladder = [
      { id: 'r1', at: '-1bh', action: 'remind' },
      { id: 'r2', at: '+1bh', action: 'expire' },
    ];
    const workflow = await publishedWorkflow(api, [roleStep('desk', 'manager', 1, { sla, ladder })]);
    const [reviewId = ''] = await started(workflow, 1);
    const dueAt = async () => (await api.get(`/reviews/${reviewId}`, 'admin')).body.steps[0].dueAt as string;
    expect(await dueAt()).toBe('2026-11-24T10:00:00.000Z');

    clock.moveTo('2026-11-23T20:00:00.000Z');
    expect(await fire()).toBe(0);

    const week = { tuesday: [{ from: '13:00', to: '18:00' }] };
    const { status } = await api.post('/calendars', 'admin', { key: 'default', name: 'Afternoons', week });
    expect(status).toBe(201);
    // The outbox works by itself; it is done when the event is there.
    for (;;) {
      const moved = await typesOf(reviewId);
      if (moved.includes('SlaReprojected')) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await dueAt()).toBe('2026-11-24T14:00:00.000Z');

    // A day has passed since the first signing in.
    const again = { username: 'admin', password: 'countersign-demo' };
    clock.moveTo('2026-11-24T08:00:00.000Z');
    api.tokens.set('admin', (await api.call('POST', '/auth/login', { body: again })).body.accessToken);

    const newest = async () => (await typesOf(reviewId)).at(-1);
    clock.moveTo('2026-11-24T12:59:00.000Z');
    expect(await fire()).toBe(0);
    clock.moveTo('2026-11-24T13:00:00.000Z');
    expect([await fire(), await newest()]).toEqual([1, 'RungFired']);
    clock.moveTo('2026-11-24T14:00:00.000Z');
    expect([await fire(), await newest()]).toEqual([1, 'SlaBreached']);
    clock.moveTo('2026-11-24T15:00:00.000Z');
    expect([await fire(), await newest()]).toEqual([1, 'ReviewExpired']);
  });
});
