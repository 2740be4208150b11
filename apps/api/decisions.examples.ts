import { installation, publishedWorkflow, type Answer, type ApiInstallation } from './api.examples.js';

/** Where approval products fail: votes lost on the way, outcomes given twice, people who approve themselves. */
describe('decisions', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
    await api.register('officer3', 'officer', 'demo');
    await api.register('clerk', 'officer', 'demo');
  });
  afterAll(() => api.stop());

  const named = (...usernames: string[]) => usernames.map((name) => ({ type: 'USER', id: api.ids.get(name) }));
  let subjects = 0;
  /** A review submitted by the clerk under a workflow of one step. */
  const review = async (step: object, by = 'clerk'): Promise<string> => {
    const workflowId = await publishedWorkflow(api, [{ key: 'check', ...step }]);
    const subject = { type: 'loan', id: `d-${++subjects}`, content: { amountMinor: '1' } };
    const { body } = await api.post(`/workflows/${workflowId}/start`, by, { subject });
    return body.reviewId as string;
  };
  const decide = (reviewId: string, as: string, verdict: string) =>
    api.post(`/reviews/${reviewId}/decide`, as, { verdict, reviewedRevision: 1 });
  const approve = (reviewId: string, as: string) => decide(reviewId, as, 'approve');
  const detail = async (reviewId: string) => (await api.get(`/reviews/${reviewId}`, 'admin')).body;
  const typesOf = async (reviewId: string): Promise<string[]> =>
    (await api.get(`/reviews/${reviewId}/events`, 'admin')).body.data.map(({ type }: { type: string }) => type);
  const seatOf = async (reviewId: string, username: string): Promise<string> =>
    (await detail(reviewId)).steps[0].assignments.find(({ ref }: { ref: string }) => ref === api.ids.get(username)).id;
  const codes = (answers: readonly Answer[]) =>
    answers.map(({ status, body }) => [status, body.code ?? null] as const).toSorted(([a], [b]) => a - b);
  const reassign = async (reviewId: string, from: string, to: string) =>
    api.post(`/reviews/${reviewId}/reassign`, 'admin', {
      assignmentId: await seatOf(reviewId, from),
      to: api.ids.get(to),
      reason: 'Abroad',
    });

  it('a unanimous step with an assignment that moved: the new holder’s approval fills it', async () => {
    const id = await review({ assignees: named('officer', 'officer2'), rule: { all: true } });
    expect((await reassign(id, 'officer2', 'officer3')).status).toBe(201);
    expect((await approve(id, 'officer')).body.state.status).toBe('in_review');
    expect(codes([await approve(id, 'officer2')])).toEqual([[409, 'assignment-transferred']]);
    expect((await approve(id, 'officer3')).body.state.status).toBe('approved');
  });

  it('a submitter who is an approver: 403, and nothing is recorded', async () => {
    const id = await review({ assignees: named('clerk', 'officer'), requiredApprovals: 1 });
    const before = await typesOf(id);
    expect(codes([await approve(id, 'clerk')])).toEqual([[403, 'four-eyes']]);
    expect(await typesOf(id)).toEqual(before);
  });

  it('two of three, and three approve at once: one resolution, the third 409', async () => {
    const id = await review({ assignees: named('officer', 'officer2', 'officer3'), requiredApprovals: 2 });
    const answers = await Promise.all(['officer', 'officer2', 'officer3'].map((as) => approve(id, as)));
    expect(codes(answers)).toEqual([
      [201, null],
      [201, null],
      [409, 'step-resolved'],
    ]);
    const types = await typesOf(id);
    expect(types.filter((type) => type === 'DecisionRecorded')).toHaveLength(2);
    expect(types.filter((type) => /^(StepCompleted|ReviewApproved)$/.test(type))).toEqual([
      'StepCompleted',
      'ReviewApproved',
    ]);
  });

  it('approve against reject at once: one wins, the other is told the outcome', async () => {
    const id = await review({ assignees: named('officer', 'officer2'), requiredApprovals: 1 });
    const answers = await Promise.all([decide(id, 'officer', 'approve'), decide(id, 'officer2', 'reject')]);
    expect(codes(answers)).toEqual([
      [201, null],
      [409, 'step-resolved'],
    ]);
    const won = answers[0]?.status === 201 ? 'approved' : 'rejected';
    expect((await detail(id)).status).toBe(won);
    expect(answers.find(({ status }) => status === 409)?.body.outcome).toBe(won);
    expect((await typesOf(id)).filter((type) => /^Review(Approved|Rejected)$/.test(type))).toHaveLength(1);
  });

  it('a decision on a revision that there is not yet: 409, and nothing to compare', async () => {
    const id = await review({ assignees: named('officer'), requiredApprovals: 1 });
    const { status, body } = await api.post(`/reviews/${id}/decide`, 'officer', {
      verdict: 'approve',
      reviewedRevision: 5,
    });
    expect([status, body]).toMatchObject([
      409,
      { code: 'stale-review', currentRevision: 1, detail: 'There is no revision 5 yet: revision 1 is current.' },
    ]);
    expect(body).not.toHaveProperty('diffUrl');
    const { body: diff } = await api.get(`/reviews/${id}/diff?from=1&to=9`, 'admin');
    expect([diff.code, diff.detail]).toEqual(['not-found', 'The subject has one revision, numbered from 1.']);
  });

  it('somebody asked in addition who decides nothing: 403 that says who may be named', async () => {
    const id = await review({ assignees: named('officer'), requiredApprovals: 1 });
    for (const to of [{ user: api.ids.get('viewer') }, { user: 'usr_nobody' }, { role: 'viewer' }]) {
      const { status, body } = await api.post(`/reviews/${id}/add-approver`, 'admin', {
        step: 'check',
        to,
        reason: 'x',
      });
      expect([status, body.code, body.detail]).toEqual([403, 'not-eligible', expect.stringContaining('name ')]);
    }
    const strange = { to: { user: 'usr_nobody' }, reason: 'x' };
    const { body: escalated } = await api.post(`/reviews/${id}/escalate`, 'admin', strange);
    expect([escalated.code, escalated.detail]).toEqual([
      'not-eligible',
      `Nobody who may decide can be asked as user:usr_nobody; the step and its ladder name user:${api.ids.get('officer')}.`,
    ]);
    const wrong = { step: 'chekc', to: { role: 'manager' }, reason: 'x' };
    const { body } = await api.post(`/reviews/${id}/add-approver`, 'admin', wrong);
    expect(body.errors[0].detail).toBe('The review has no step chekc; it has check.');
  });

  it('changes asked for at a place that is no JSON pointer: 422, and at one that is: 201', async () => {
    const id = await review({ assignees: named('officer'), requiredApprovals: 1 });
    const ask = (path: string) =>
      api.post(`/reviews/${id}/request-changes`, 'officer', { reviewedRevision: 1, items: [{ text: 'Why?', path }] });
    for (const path of ['terms', 'terms/0', '/terms~2', '#/terms', ' /terms']) {
      const { status, body } = await ask(path);
      expect([path, status, body.errors?.[0]]).toMatchObject([
        path,
        422,
        { pointer: '/items/0/path', code: 'bad-format', detail: expect.stringContaining('JSON pointer') },
      ]);
    }
    expect((await ask('/terms/0/a~1b~0c/é d')).status).toBe(201);
  });

  it('an assignment moved to somebody who has already decided: 409', async () => {
    const id = await review({ assignees: named('officer', 'officer2'), rule: { all: true } });
    await approve(id, 'officer');
    expect(codes([await reassign(id, 'officer2', 'officer')])).toEqual([[409, 'person-already-counted']]);
    expect((await detail(id)).status).toBe('in_review');
  });
});
