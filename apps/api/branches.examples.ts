import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

/** Reach by branch: a root branch covers the workspace, another one itself; whoever has to do with a case sees it. */
describe('branches', () => {
  let api: ApiInstallation;
  let review: string;
  let others: string;

  beforeAll(async () => {
    api = await installation();
    await api.register('north-manager', 'manager', 'demo', 'NORTH');
    await api.register('north-officer', 'officer', 'demo', 'NORTH');
    await api.register('south-manager', 'manager', 'demo', 'SOUTH');
    await api.register('south-clerk', 'viewer', 'demo', 'SOUTH');
    const byRole = await publishedWorkflow(api, [
      {
        key: 'one',
        assignees: [
          { type: 'USER', id: api.ids.get('north-manager') },
          { type: 'USER', id: api.ids.get('admin') },
        ],
        requiredApprovals: 1,
      },
    ]);
    review = await startedReview(api, byRole, {}, 'north-officer');
    others = await startedReview(api, await publishedWorkflow(api, [roleStep('one', 'manager')]), {}, 'officer');
  });
  afterAll(() => api.stop());

  it.each([
    ['admin', 200],
    ['manager', 200],
    ['auditor', 200],
    ['north-manager', 200],
    ['north-officer', 200],
    ['south-manager', 404],
    ['south-clerk', 404],
  ])('%s asks for a case of NORTH: %d', async (as, status) => {
    for (const tail of ['', '/chain', '/events', '/explanation', '/eligibility', '/actions', '/diff'])
      expect([tail, (await api.get(`/reviews/${review}${tail}`, as)).status]).toEqual([tail, status]);
    const { body } = await api.get(`/reviews?limit=100`, as, { 'consistency-token': api.token() });
    expect(body.data.some(({ id }: { id: string }) => id === review)).toBe(status === 200);
  });

  it('a holder of a role that the step asks sees the case wherever it belongs', async () => {
    expect((await api.get(`/reviews/${others}`, 'south-manager')).status).toBe(200);
    expect((await api.get(`/reviews/${others}`, 'south-clerk')).status).toBe(404);
  });

  it('nobody acts on a case that is not visible, nor by a permission that does not reach it', async () => {
    const verdict = { verdict: 'approve', reviewedRevision: 1 };
    expect((await api.post(`/reviews/${review}/decide`, 'south-manager', verdict)).status).toBe(404);
    expect(
      (await api.post(`/reviews/${review}/escalate`, 'south-manager', { reason: 'x', to: { role: 'admin' } })).status,
    ).toBe(404);
    expect((await api.post(`/reviews/${review}/comments`, 'south-manager', { text: 'x' })).status).toBe(404);
    const asked = await api.post(`/reviews/${review}/request-changes`, 'north-manager', {
      reviewedRevision: 1,
      items: [{ text: 'x' }],
    });
    expect(asked.status).toBe(201);
    const { body } = await api.get(`/reviews/${review}`, 'manager');
    const items = [body.changeRequest.items[0].id];
    expect((await api.post(`/reviews/${review}/dismiss-changes`, 'south-manager', { items, reason: 'x' })).status).toBe(
      404,
    );
    expect((await api.post(`/reviews/${review}/dismiss-changes`, 'manager', { items, reason: 'x' })).status).toBe(201);
  });

  it('the audit follows the same reach', async () => {
    const token = { 'consistency-token': api.token() };
    expect((await api.get(`/reviews/${review}/audit`, 'north-manager', token)).body.data.length).toBeGreaterThan(0);
    expect((await api.get(`/reviews/${review}/audit`, 'south-manager', token)).status).toBe(404);
    expect((await api.get(`/audit/streams/review-${review}/events`, 'south-manager', token)).status).toBe(404);
    const { body } = await api.get('/audit/trail?limit=100', 'south-manager', token);
    expect(body.data.some(({ stream }: { stream: string }) => stream === `review-${review}`)).toBe(false);
  });
});
