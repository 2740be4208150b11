import { installation, publishedWorkflow, startedReview, type Answer, type ApiInstallation } from './api.examples.js';

/** Rules, conditions and steps side by side, written over HTTP and decided over HTTP. */
describe('a workflow with rules', () => {
  let api: ApiInstallation;
  let workflow: string;
  const role = (id: string, more: object = {}) => ({ type: 'ROLE', id, ...more });
  const steps = [
    { key: 'credit', assignees: [role('officer', { seats: 2 })], rule: { percent: '50', of: 'seated' } },
    {
      key: 'risk',
      parallel: true,
      assignees: [role('manager', { seats: 2, weight: 2, group: 'board' })],
      rule: { and: [{ weight: 4 }, { any: true, group: 'board' }] },
    },
    { key: 'large', when: { gt: ['amountMinor', '9000000'] }, assignees: [role('manager')] },
    { key: 'sign', assignees: [role('officer'), role('admin')], distinct: 'review', floor: 1 },
  ];
  beforeAll(async () => {
    api = await installation();
    workflow = await publishedWorkflow(api, steps);
  });
  afterAll(() => api.stop());

  const decide = (reviewId: string, as: string, verdict = 'approve') =>
    api.post(`/reviews/${reviewId}/decide`, as, { verdict, reviewedRevision: 1 });
  const types = ({ body }: Answer) => body.events.map((event: { type: string }) => event.type);

  it('is decided side by side, skips what its condition rules out, and proves its outcome', async () => {
    const reviewId = await startedReview(api, workflow, { amountMinor: '4500000' });
    const begun = (await api.get(`/reviews/${reviewId}`, 'auditor')).body;
    expect(begun.currentStep).toBe('credit');
    expect(begun.steps.map(({ status }: { status: string }) => status)).toEqual(['open', 'open', 'pending', 'pending']);

    const first = await decide(reviewId, 'manager');
    expect([first.status, ...types(first)]).toEqual([201, 'DecisionRecorded']);
    expect(types(await decide(reviewId, 'manager2'))).toEqual(['DecisionRecorded', 'StepCompleted']);
    const last = await decide(reviewId, 'officer2');
    expect(types(last)).toEqual(['DecisionRecorded', 'StepCompleted', 'StepSkipped', 'StepStarted']);
    expect(last.body.state).toMatchObject({ status: 'in_review', step: 'sign' });
    expect((await decide(reviewId, 'officer2')).body.code).toBe('four-eyes');

    const { steps: chain } = (await api.get(`/reviews/${reviewId}/chain`, 'auditor')).body;
    expect(chain.map((link: { key: string; outcome: string | null }) => [link.key, link.outcome])).toEqual([
      ['credit', 'satisfied'],
      ['risk', 'satisfied'],
      ['large', 'skipped'],
      ['sign', null],
    ]);
    expect(chain[1].proof.nodes[0]).toMatchObject({
      state: 'satisfied',
      nodes: [
        { rule: { weight: 4 }, have: 4, need: 4, votes: { seated: 4, yes: 4, no: 0, abstained: 0, open: 0 } },
        { rule: { any: true, group: 'board' }, have: 2, need: 1 },
      ],
    });
    expect(chain[2].condition).toMatchObject({ op: 'gt', value: false, path: 'amountMinor', against: '9000000' });
    expect((await decide(reviewId, 'admin')).body.state.status).toBe('approved');
  });

  it('shows both open steps in lists and inboxes, and ends with the first rejection', async () => {
    const reviewId = await startedReview(api, workflow, { amountMinor: '4500000' });
    const inbox = async (as: string) => {
      const { body } = await api.get('/inbox?limit=100', as, { 'consistency-token': api.token() });
      const rows = body.data as { reviewId: string; step: string }[];
      return rows.filter((row) => row.reviewId === reviewId).map(({ step }) => step);
    };
    expect(await inbox('officer2')).toEqual(['credit']);
    expect(await inbox('manager')).toEqual(['risk']);
    const lost = await decide(reviewId, 'manager', 'reject');
    expect(types(lost)).toEqual(['DecisionRecorded', 'StepRejected', 'ReviewRejected']);
    expect(await inbox('officer2')).toEqual([]);
    const listed = await api.get('/reviews?status=rejected&limit=100', 'auditor', { 'consistency-token': api.token() });
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toContain(reviewId);
  });

  it('is refused with every fault at once', async () => {
    const wrong = [
      { ...steps[0], parallel: true, rule: { percent: '101', of: 'seated' } },
      { ...steps[1], rule: { and: [{ weight: 7 }, { any: true, group: 'finance' }] }, auto: true },
      { ...steps[2], when: { gt: ['amountMinor', 'much'] } },
    ];
    const { status, body } = await api.post('/workflows', 'admin', { key: 'wrong', name: 'Wrong', steps: wrong });
    expect([status, body.code]).toEqual([422, 'definition-invalid']);
    expect(
      body.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`).toSorted(),
    ).toEqual([
      '/steps/0/parallel not-allowed',
      '/steps/0/rule/percent out-of-range',
      '/steps/1/auto required',
      '/steps/1/rule/and/0/weight unsatisfiable',
      '/steps/1/rule/and/1/group unsatisfiable',
      '/steps/2/when/gt/1 bad-format',
    ]);
  });
});
