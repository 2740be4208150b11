import { installation, publishedWorkflow, roleStep, type ApiInstallation } from './api.examples.js';

/** Cases thought through over HTTP: the same answers as in earnest, and nothing recorded. */
describe('simulating', () => {
  let api: ApiInstallation;
  let workflowId: string;
  beforeAll(async () => {
    api = await installation();
    workflowId = await publishedWorkflow(api, [
      roleStep('check', 'officer', 1, { slaHours: 8 }),
      roleStep('sign', 'manager'),
    ]);
  });
  afterAll(() => api.stop());

  const subject = (id: string) => ({ type: 'loan', id, content: { amountMinor: '4500000' } });
  const idOf = (name: string) => api.ids.get(name) ?? '';

  it('a script under a published version, with the people of the workspace', async () => {
    const acts = [
      { act: 'decide', by: idOf('officer'), verdict: 'approve' },
      { act: 'decide', by: idOf('officer2'), verdict: 'approve', afterHours: 9 },
      { act: 'decide', by: idOf('manager'), verdict: 'approve' },
    ];
    const { status, body } = await api.post(`/workflows/${workflowId}/simulate`, 'auditor', {
      start: { by: idOf('officer'), subject: subject('s-1') },
      acts,
    });
    expect(status).toBe(200);
    expect(
      body.turns.map((turn: { act: string; refusal: { code: string } | null }) => [turn.act, turn.refusal?.code]),
    ).toEqual([
      ['start', undefined],
      ['decide', 'four-eyes'],
      ['timer', undefined],
      ['decide', undefined],
      ['decide', undefined],
    ]);
    expect(body.state.status).toBe('approved');
    expect(body.events.at(-1)).toMatchObject({ type: 'ReviewApproved', actorId: idOf('manager') });
    const { body: list } = await api.get('/reviews?subjectId=s-1', 'admin', { 'consistency-token': api.token() });
    expect(list.data).toEqual([]);
  });

  it('a draft that was never published, with people who are not there yet', async () => {
    const { body: made } = await api.post('/workflows', 'admin', {
      key: 'only-drafted',
      name: 'Drafted',
      steps: [{ key: 'board', assignees: [{ type: 'ROLE', id: 'board' }], requiredApprovals: 2 }],
    });
    const people = ['ida', 'ben'].map((userId) => ({ userId, roles: ['board'] }));
    const { status, body } = await api.post(`/workflows/${made.workflowId}/simulate`, 'manager', {
      version: 'draft',
      start: { subject: subject('s-2') },
      people,
      acts: people.map(({ userId }) => ({ act: 'decide', by: userId, verdict: 'approve' })),
    });
    expect(status).toBe(200);
    expect(body.state.status).toBe('approved');
    expect(body.warnings).toEqual([]);
    const missing = await api.post(`/workflows/${made.workflowId}/simulate`, 'manager', {
      version: 7,
      start: { subject: subject('s-2') },
      acts: [],
    });
    expect([missing.status, missing.body.code]).toEqual([404, 'not-found']);
  });

  it('says that the rules of a draft were not asked, because nobody has published them', async () => {
    const steps = [roleStep('check', 'officer')];
    const auto = { ruleset: 'only-thought-of' };
    const { body: made } = await api.post('/workflows', 'admin', { key: 'unruled', name: 'Unruled', steps, auto });
    const { status, body } = await api.post(`/workflows/${made.workflowId}/simulate`, 'manager', {
      start: { by: idOf('officer'), subject: subject('s-4') },
      acts: [],
    });
    expect([status, body.state.status]).toEqual([200, 'in_review']);
    expect(body.warnings).toMatchObject([{ pointer: '/auto/ruleset', code: 'unknown-value' }]);
  });

  it('warns of somebody who acts and whom neither the directory nor the script knows', async () => {
    const people = [{ userId: 'ida', roles: ['officer'] }];
    const decide = (by: string) => ({ act: 'decide', by, verdict: 'approve' });
    const script = { start: { by: 'olly', subject: subject('s-5') }, people, acts: [decide('ida'), decide('bon')] };
    const { status, body } = await api.post(`/workflows/${workflowId}/simulate`, 'manager', script);
    expect([status, body.warnings]).toEqual([
      200,
      [
        { pointer: '/start/by', code: 'unknown-person', detail: expect.stringContaining('olly') },
        { pointer: '/acts/1/by', code: 'unknown-person', detail: expect.stringContaining('bon') },
      ],
    ]);
    const { body: started } = await api.post(`/workflows/${workflowId}/start`, 'officer', { subject: subject('s-6') });
    const whatIf = { acts: [decide('bon'), { act: 'people', people: [{ userId: 'bon', roles: [] }] }, decide('eve')] };
    const { body: thought } = await api.post(`/reviews/${started.reviewId}/simulate`, 'manager', whatIf);
    expect(thought.warnings).toMatchObject([{ pointer: '/acts/2/by', code: 'unknown-person' }]);
  });

  it('is refused where the draft counts on a calendar that nobody has published', async () => {
    const steps = [roleStep('check', 'officer', 1, { calendar: 'lunar' })];
    const { body: made } = await api.post('/workflows', 'admin', {
      key: 'lunar',
      name: 'Lunar',
      steps,
      calendar: 'solar',
    });
    const { status, body } = await api.post(`/workflows/${made.workflowId}/simulate`, 'manager', {
      start: { by: idOf('officer'), subject: subject('s-7') },
      acts: [],
    });
    expect([status, body.code]).toEqual([422, 'definition-invalid']);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/calendar', '/steps/0/calendar']);
  });

  it('what if, on a review that runs: the same events as in earnest, and nothing recorded', async () => {
    const { body: started } = await api.post(`/workflows/${workflowId}/start`, 'officer', { subject: subject('s-3') });
    const before = await api.get(`/reviews/${started.reviewId}`, 'admin');
    const { status, body } = await api.post(`/reviews/${started.reviewId}/simulate`, 'officer', {
      acts: [
        { act: 'decide', by: idOf('officer2'), verdict: 'approve' },
        { act: 'decide', by: idOf('manager2'), verdict: 'reject' },
      ],
    });
    expect(status).toBe(200);
    expect(body.state.status).toBe('rejected');
    expect(body.turns[0].explanation.conditions[0]).toMatchObject({ code: 'approvals', who: ['role:manager'] });
    expect((await api.get(`/reviews/${started.reviewId}`, 'admin')).body.revision).toBe(before.body.revision);
    const decided = await api.post(`/reviews/${started.reviewId}/decide`, 'officer2', {
      verdict: 'approve',
      reviewedRevision: 1,
    });
    const inEarnest = decided.body.events.map(({ type, revision }: { type: string; revision: number }) => [
      type,
      revision,
    ]);
    expect(
      body.events
        .slice(0, inEarnest.length)
        .map((event: { type: string; revision: number }) => [event.type, event.revision]),
    ).toEqual(inEarnest);
  });

  it('is refused with all faults of the script, to whoever may not, and where nothing is seen', async () => {
    const { status, body } = await api.post(`/workflows/${workflowId}/simulate`, 'admin', {
      acts: [{ act: 'nothing' }],
    });
    expect([status, body.code]).toEqual([422, 'validation-failed']);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['/start', '/acts/0/act']);
    expect((await api.post(`/workflows/${workflowId}/simulate`, 'viewer', {})).body.code).toBe('forbidden');
    expect((await api.post(`/workflows/${workflowId}/simulate`, 'other-admin', {})).status).toBe(404);
  });
});
