import { randomUUID } from 'node:crypto';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

describe('the API', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
  });
  afterAll(() => api.stop());

  const decide = (reviewId: string, as: string, body: object = {}, more = {}) =>
    api.post(`/reviews/${reviewId}/decide`, as, { verdict: 'approve', reviewedRevision: 1, ...body }, more);

  it('takes a workflow from draft to its second version', async () => {
    const key = `w-${randomUUID()}`;
    const created = await api.post('/workflows', 'admin', { key, name: 'Loans', steps: [roleStep('one', 'officer')] });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      commandId: expect.any(String),
      stream: `workflow-${created.body.workflowId}`,
      revision: 0,
      position: expect.any(String),
      events: [{ id: expect.any(String), type: 'WorkflowDrafted', revision: 0 }],
      state: { status: 'active', version: null, draft: true },
      workflowId: expect.any(String),
      version: null,
    });
    expect(created.headers.get('etag')).toBe('"0"');
    expect(created.headers.get('location')).toBe(`/api/v1/workflows/${created.body.workflowId}`);
    const path = `/workflows/${created.body.workflowId}`;

    expect(
      (await api.post('/workflows', 'admin', { key, name: 'x', steps: [roleStep('one', 'officer')] })).body,
    ).toMatchObject({
      code: 'already-exists',
      status: 409,
      workflowId: created.body.workflowId,
    });
    const published = await api.post(`${path}/publish`, 'admin');
    expect([published.status, published.body.version]).toEqual([201, 1]);
    const again = await api.post(`${path}/publish`, 'admin');
    expect([again.status, again.body.events]).toEqual([200, []]);

    const steps = [roleStep('one', 'officer', 2), roleStep('two', 'manager')];
    const stale = await api.call('PUT', `${path}/draft`, {
      as: 'admin',
      body: { steps },
      headers: { 'if-match': '"0"' },
    });
    expect([stale.status, stale.body.code, stale.body.currentRevision]).toEqual([412, 'revision-mismatch', 1]);
    const draft = await api.call('PUT', `${path}/draft`, {
      as: 'admin',
      body: { steps },
      headers: { 'if-match': '"1"' },
    });
    expect([draft.status, draft.body.state]).toEqual([201, { status: 'active', version: 1, draft: true }]);
    expect((await api.post(`${path}/publish`, 'admin')).body.version).toBe(2);
    const detail = await api.get(path, 'viewer');
    expect(detail.body).toMatchObject({ id: created.body.workflowId, key, version: 2, draft: false });
    expect(detail.headers.get('etag')).toBe('"3"');
    expect((await api.get(`${path}/versions`, 'viewer')).body.data).toHaveLength(2);
    expect((await api.get(`${path}/versions/1`, 'viewer')).body.steps).toHaveLength(1);
    const diff = await api.get(`${path}/diff?from=1&to=2`, 'viewer');
    expect(diff.body.fields.map((each: { path: string }) => each.path)).toContain('/steps/two');
    const token = published.headers.get('consistency-token')!;
    const list = await api.get('/workflows?limit=100', 'viewer', { 'consistency-token': token });
    expect(list.headers.get('projection-position')).toBeTruthy();
    expect(list.body.data.find((each: { id: string }) => each.id === created.body.workflowId)).toMatchObject({ key });
    expect((await api.post(`${path}/retire`, 'admin')).status).toBe(201);
    const late = await api.post(`${path}/start`, 'officer', { subject: { type: 'a', id: 'b', content: {} } });
    expect([late.status, late.body.code]).toEqual([409, 'invalid-state']);
  });

  it('names every fault of a definition at once', async () => {
    const definition = { key: 'Bad Key', name: 'x', steps: [{ key: 'one' }], colour: 'red' };
    const refused = await api.post('/workflows', 'admin', definition);
    expect([refused.status, refused.body.code]).toEqual([422, 'definition-invalid']);
    expect(refused.body.errors.length).toBeGreaterThan(2);
    const checked = await api.post('/workflows/validate', 'admin', definition);
    expect([checked.status, checked.body.valid]).toEqual([200, false]);
    expect(checked.body.errors).toEqual(refused.body.errors);
  });

  it('takes a review from start to approval, through changes and an escalation', async () => {
    const workflow = await publishedWorkflow(api, [
      roleStep('initial', 'officer'),
      roleStep('committee', 'manager', 2, { slaHours: 8 }),
    ]);
    const subject = {
      type: 'loan',
      id: `loan-${randomUUID()}`,
      title: 'A loan',
      content: { amountMinor: '4500000', term: 12 },
    };
    const started = await api.post(`/workflows/${workflow}/start`, 'officer', { subject, note: 'please' });
    const { reviewId } = started.body;
    expect(started.status).toBe(201);
    expect(started.headers.get('location')).toBe(`/api/v1/reviews/${reviewId}`);
    expect(started.body.state).toMatchObject({ status: 'in_review', step: 'initial' });
    expect(started.body.state.waitingOn[0]).toMatchObject({
      condition: expect.any(String),
      have: 0,
      need: 1,
      who: ['role:officer'],
    });

    expect((await decide(reviewId, 'officer')).body).toMatchObject({ status: 403, code: 'four-eyes' });
    expect((await decide(reviewId, 'manager')).body).toMatchObject({ status: 403, code: 'not-eligible' });
    expect((await decide(reviewId, 'viewer')).body).toMatchObject({
      status: 403,
      code: 'forbidden',
      requiredPermission: 'review:decide',
    });
    expect((await decide(reviewId, 'officer2', { reviewedRevision: 7 })).body).toMatchObject({
      status: 409,
      code: 'stale-review',
      currentRevision: 1,
    });
    expect((await decide(reviewId, 'officer2', {}, { headers: { 'if-match': '"99"' } })).body).toMatchObject({
      status: 412,
      code: 'revision-mismatch',
    });
    const rehearsed = await api.post(`/reviews/${reviewId}/decide?dryRun=true`, 'officer2', {
      verdict: 'approve',
      reviewedRevision: 1,
    });
    expect([rehearsed.status, rehearsed.body.events[0]]).toMatchObject([
      200,
      { type: 'DecisionRecorded', data: { verdict: 'approve' } },
    ]);

    const first = await decide(reviewId, 'officer2', { comment: 'fine' });
    expect([first.status, first.body.state.step]).toEqual([201, 'committee']);
    expect(first.body.events.map((event: { type: string }) => event.type)).toEqual([
      'DecisionRecorded',
      'StepCompleted',
      'StepStarted',
    ]);
    expect(first.headers.get('etag')).toBe(`"${first.body.revision}"`);

    const changes = await api.post(`/reviews/${reviewId}/request-changes`, 'manager', {
      reviewedRevision: 1,
      items: [{ text: 'The term is missing a reason', path: '/term' }],
    });
    expect([changes.status, changes.body.state.status]).toEqual([201, 'changes_requested']);
    const detail = await api.get(`/reviews/${reviewId}`, 'officer');
    expect(detail.body).toMatchObject({
      id: reviewId,
      status: 'changes_requested',
      round: 1,
      workflow: { id: workflow, version: 1 },
      subject: { type: 'loan', title: 'A loan', revision: 1, content: subject.content },
      submittedBy: api.ids.get('officer'),
      currentStep: 'committee',
      changeRequest: { items: [{ text: 'The term is missing a reason' }] },
      revision: changes.body.revision,
    });
    expect(detail.headers.get('etag')).toBe(`"${changes.body.revision}"`);

    const itemId = detail.body.changeRequest.items[0].id;
    const resubmitted = await api.post(`/reviews/${reviewId}/resubmit`, 'officer', {
      content: { ...subject.content, term: 24 },
      answers: [{ itemId, text: 'Longer now' }],
    });
    expect([resubmitted.status, resubmitted.body.state.status]).toEqual([201, 'in_review']);
    expect((await api.get(`/reviews/${reviewId}/diff?from=1&to=2`, 'officer')).body.fields).toEqual([
      { path: '/term', op: 'replace', before: 12, after: 24 },
    ]);
    const escalated = await api.post(`/reviews/${reviewId}/escalate`, 'officer', {
      reason: 'urgent',
      to: { role: 'officer' },
    });
    expect([escalated.status, escalated.body.events[0].type]).toEqual([201, expect.any(String)]);
    const chosen = { reason: 'urgent', to: { user: api.ids.get('admin') } };
    expect((await api.post(`/reviews/${reviewId}/escalate`, 'officer', chosen)).body).toMatchObject({
      status: 403,
      code: 'forbidden',
      requiredPermission: 'review:reassign',
      detail: expect.stringContaining('role:officer'),
    });
    expect(
      (await api.post(`/reviews/${reviewId}/escalate`, 'officer', { to: { role: 'manager' } })).body,
    ).toMatchObject({ status: 422, code: 'reason-required' });
    expect((await api.post(`/reviews/${reviewId}/comments`, 'manager', { text: 'Called the client' })).status).toBe(
      201,
    );

    await api.post(`/reviews/${reviewId}/comments`, 'officer', { text: 'She is in' });
    const said = `/reviews/${reviewId}/comments?limit=1`;
    const { body: opening } = await api.get(said, 'viewer');
    const { body: answer } = await api.get(`${said}&cursor=${opening.page.next}`, 'viewer');
    expect(opening.data).toEqual([
      { id: expect.any(String), authorId: api.ids.get('manager'), text: 'Called the client', at: expect.any(String) },
    ]);
    expect(answer).toMatchObject({
      data: [{ authorId: api.ids.get('officer'), text: 'She is in' }],
      page: { next: null, hasMore: false },
    });
    expect((await api.get(`${said}&cursor=nowhere`, 'viewer')).body.code).toBe('invalid-cursor');
    expect((await api.get(said, 'other-admin')).status).toBe(404);

    let last = first;
    for (let guard = 0; guard < 6; guard++) {
      const { body } = await api.get(`/reviews/${reviewId}/eligibility`, 'admin');
      const next = body.people.find((person: { may: boolean }) => person.may);
      if (!next) break;
      const who = [...api.ids].find(([, id]) => id === next.userId)![0];
      last = await decide(reviewId, who, { reviewedRevision: 2 });
      expect(last.status).toBe(201);
    }
    expect(last.body.state).toMatchObject({ status: 'approved', waitingOn: [] });
    expect((await decide(reviewId, 'manager', { reviewedRevision: 2 })).body.events).toEqual([]);
    expect((await decide(reviewId, 'manager', { reviewedRevision: 2, verdict: 'reject' })).body).toMatchObject({
      status: 409,
      code: 'step-resolved',
    });

    const token = last.headers.get('consistency-token')!;
    const list = await api.get('/reviews?status=approved&limit=100', 'viewer', { 'consistency-token': token });
    expect(list.body.data.find((each: { id: string }) => each.id === reviewId)).toMatchObject({
      status: 'approved',
      workflowKey: expect.any(String),
      subject: { type: 'loan', id: subject.id, title: 'A loan' },
      currentStep: null,
      submittedBy: api.ids.get('officer'),
    });
    const events = await api.get(`/reviews/${reviewId}/events`, 'auditor');
    expect(events.body.data.map((event: { revision: number }) => event.revision)).toEqual(
      events.body.data.map((_: unknown, i: number) => i),
    );
    expect(events.body.data[0]).toMatchObject({
      type: 'ReviewStarted',
      actor: { id: api.ids.get('officer'), kind: 'user', onBehalfOf: null },
    });
    const chain = await api.get(`/reviews/${reviewId}/chain`, 'officer');
    expect(chain.body.steps.map((step: { key: string }) => step.key)).toEqual(
      expect.arrayContaining(['initial', 'committee']),
    );
    expect((await api.get(`/reviews/${reviewId}/explanation`, 'officer')).body).toEqual({
      status: 'approved',
      conditions: [],
      nextTimer: null,
    });
    expect((await api.get(`/reviews/${reviewId}/actions`, 'officer')).body.actions).toContainEqual({
      action: 'comments',
      allowed: true,
      reason: null,
    });
    const offered = (await api.get(`/reviews/${reviewId}/actions`, 'viewer')).body.actions as object[];
    expect(offered.length).toBeGreaterThan(0);
    for (const it of offered) expect(it).toMatchObject({ allowed: false, reason: 'forbidden' });
    const past = await api.get(`/reviews/${reviewId}?revision=1`, 'officer');
    expect([past.body.currentStep, past.headers.get('etag')]).toEqual(['initial', '"1"']);
    expect((await api.get(`/reviews/${reviewId}?revision=9999`, 'officer')).status).toBe(404);
    const before = (as: string) => api.get(`/reviews/${reviewId}/explanation?asOf=2020-01-01T00:00:00Z`, as);
    expect((await before('officer')).body).toMatchObject({ status: 404, detail: 'The review had not begun then.' });
    expect((await before('other-admin')).body).toMatchObject({
      status: 404,
      detail: 'There is nothing under this id.',
    });
    expect((await api.get(`/reviews/${reviewId}?asOf=soon`, 'officer')).body.code).toBe('invalid-parameter');

    const lines = await api.get(`/reviews/${reviewId}/audit?limit=100`, 'auditor', { 'consistency-token': token });
    expect(lines.body.data.map((line: { type: string }) => line.type)).toEqual(
      expect.arrayContaining(['CommentAdded', 'ReviewApproved']),
    );
    const stream = await api.get(`/audit/streams/review-${reviewId}/events?limit=2`, 'auditor');
    expect(stream.body).toMatchObject({ data: [{ revision: 0 }, { revision: 1 }], page: { hasMore: true } });
    const next = await api.get(
      `/audit/streams/review-${reviewId}/events?limit=2&cursor=${stream.body.page.next}`,
      'auditor',
    );
    expect(next.body.data[0].revision).toBe(2);
    expect((await api.get(`/audit/trail?stream=review-${reviewId}&limit=1`, 'auditor')).body.data).toHaveLength(1);
  });

  it('shows each person their own inbox, and the dashboard', async () => {
    const workflow = await publishedWorkflow(api, [roleStep('one', 'manager', 1, { slaHours: 0 })]);
    const reviewId = await startedReview(api, workflow);
    const { headers } = await api.post(`/reviews/${reviewId}/comments`, 'officer', { text: 'hello' });
    const token = { 'consistency-token': headers.get('consistency-token')! };
    const inbox = await api.get('/inbox?limit=100', 'manager', token);
    expect(inbox.body.data.find((each: { reviewId: string }) => each.reviewId === reviewId)).toMatchObject({
      step: 'one',
      via: 'role',
    });
    expect((await api.get('/inbox/counts', 'manager', token)).body.total).toBeGreaterThan(0);
    expect((await api.get('/inbox', 'viewer', token)).body.data).toEqual([]);
    const { body } = await api.get('/dashboard/summary', 'viewer', token);
    expect(body).toEqual({
      byStatus: expect.any(Object),
      overdue: expect.any(Number),
      dueToday: expect.any(Number),
      decidedToday: expect.any(Number),
    });
    const fired = await api.post('/reviews/escalate', 'admin');
    expect([fired.status, fired.body]).toEqual([200, { fired: expect.any(Number) }]);
  });

  it('answers a repeated command with the first answer, whatever happened since', async () => {
    const workflow = await publishedWorkflow(api, [roleStep('one', 'manager', 2)]);
    const key = randomUUID();
    const subject = { type: 'loan', id: randomUUID(), content: { n: 1 } };
    const first = await api.post(`/workflows/${workflow}/start`, 'officer', { subject }, { key });
    const again = await api.post(
      `/workflows/${workflow}/start`,
      'officer',
      { subject: { ...subject, content: { n: 1.0 } } },
      { key },
    );
    expect([again.status, again.body, again.headers.get('location')]).toEqual([
      201,
      first.body,
      first.headers.get('location'),
    ]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await api.post(
      `/workflows/${workflow}/start`,
      'officer',
      { subject: { ...subject, id: 'x' } },
      { key },
    );
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    const { reviewId } = first.body;
    const decided = await decide(reviewId, 'manager', {}, { key });
    await decide(reviewId, 'manager2');
    const replayed = await decide(reviewId, 'manager', {}, { key, headers: { 'if-match': '"0"' } });
    expect([replayed.status, replayed.body]).toEqual([201, decided.body]);
    expect((await decide(reviewId, 'manager', { verdict: 'reject' }, { key })).body.code).toBe(
      'idempotency-key-reused',
    );
    expect((await decide(reviewId, 'manager', {}, { key: null })).body.code).toBe('idempotency-key-missing');
    const twice = await api.post(`/workflows/${workflow}/start`, 'officer', {
      subject: { type: 'loan', id: 'x', content: {} },
    });
    expect(twice.status).toBe(201);
    const taken = await api.post(`/workflows/${workflow}/start`, 'officer', {
      subject: { type: 'loan', id: 'x', content: {} },
    });
    expect([taken.status, taken.body.code, taken.body.reviewId]).toEqual([409, 'already-exists', twice.body.reviewId]);
  });

  it('a key is bound by its first answer, also where nothing was recorded; a comment keeps the state it was made in', async () => {
    const reviewId = await startedReview(
      api,
      await publishedWorkflow(api, [roleStep('one', 'officer'), roleStep('two', 'manager')]),
    );
    await decide(reviewId, 'officer2');
    const nothing = await decide(reviewId, 'officer2', {}, { key: 'twice' });
    expect([nothing.status, nothing.body.events]).toEqual([200, []]);
    const comment = (text: string) =>
      api.post(`/reviews/${reviewId}/comments`, 'officer', { text }, { key: 'a-comment' });
    const said = await comment('Please hurry');
    await decide(reviewId, 'manager');
    const again = await decide(reviewId, 'officer2', {}, { key: 'twice' });
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([200, nothing.body, 'true']);
    const other = await decide(reviewId, 'officer2', { comment: 'Sure' }, { key: 'twice' });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    const repeated = await comment('Please hurry');
    expect([repeated.body, repeated.headers.get('idempotent-replayed')]).toEqual([said.body, 'true']);
    expect((await comment('Something else')).body.code).toBe('idempotency-key-reused');
  });

  it('shows nothing of one workspace to another', async () => {
    const workflow = await publishedWorkflow(api, [roleStep('one', 'manager')]);
    const reviewId = await startedReview(api, workflow);
    for (const path of [
      `/workflows/${workflow}`,
      `/workflows/${workflow}/versions`,
      `/workflows/${workflow}/versions/1`,
      `/workflows/${workflow}/diff?from=1&to=1`,
      ...['', '/chain', '/events', '/explanation', '/eligibility', '/diff', '/actions', '/audit'].map(
        (tail) => `/reviews/${reviewId}${tail}`,
      ),
      `/audit/streams/review-${reviewId}/events`,
      `/audit/streams/workflow-${workflow}/events`,
      `/audit/streams/user-${api.ids.get('admin')}/events`,
    ])
      expect([path, (await api.get(path, 'other-admin')).status]).toEqual([path, 404]);
    const bodies: Record<string, object> = {
      decide: { verdict: 'approve', reviewedRevision: 1 },
      'request-changes': { reviewedRevision: 1, items: [{ text: 'x' }] },
      resubmit: { content: {} },
      escalate: { reason: 'x' },
      withdraw: {},
      'clear-changes': { items: ['x'] },
      'dismiss-changes': { items: ['x'], reason: 'x' },
      comments: { text: 'x' },
      hold: { reason: 'x' },
      resume: {},
      'request-info': { question: 'x' },
      'provide-info': { answer: 'x' },
      cancel: { reason: 'x' },
      override: { outcome: 'approve', reason: 'x' },
      reopen: { reason: 'x' },
    };
    for (const [verb, body] of Object.entries(bodies))
      expect([verb, (await api.post(`/reviews/${reviewId}/${verb}`, 'other-admin', body)).status]).toEqual([verb, 404]);
    expect(
      (
        await api.call('PUT', `/workflows/${workflow}/draft`, {
          as: 'other-admin',
          body: { steps: [roleStep('a', 'x')] },
        })
      ).status,
    ).toBe(404);
    for (const verb of ['publish', 'retire'])
      expect((await api.post(`/workflows/${workflow}/${verb}`, 'other-admin')).status).toBe(404);
    expect(
      (await api.post(`/workflows/${workflow}/start`, 'other-admin', { subject: { type: 'a', id: 'b', content: {} } }))
        .status,
    ).toBe(404);
    for (const path of ['/reviews', '/inbox', '/workflows'])
      expect([path, (await api.get(path, 'other-admin')).body.data]).toEqual([path, []]);
    const trail = await api.get('/audit/trail?limit=100', 'other-admin');
    expect(
      trail.body.data.every((line: { actorId: string }) =>
        ['system', api.ids.get('other-admin')].includes(line.actorId),
      ),
    ).toBe(true);
  });

  it('lets operators see, rebuild and wait for a job', async () => {
    const list = await api.get('/projections', 'admin');
    expect(list.body.data.map((each: { name: string }) => each.name)).toEqual(
      expect.arrayContaining(['core', 'inbox', 'workflows']),
    );
    expect((await api.get('/projections', 'auditor')).status).toBe(200);
    expect((await api.post('/projections/core/rebuild', 'auditor')).status).toBe(403);
    expect((await api.post('/projections/nothing/rebuild', 'admin')).status).toBe(404);
    const begun = await api.post('/projections/inbox/rebuild', 'admin');
    expect(begun.status).toBe(202);
    const job = begun.headers.get('location')!;
    expect(job).toBe(`/api/v1/jobs/${begun.body.id}`);
    const end = Date.now() + 20_000;
    let { body } = await api.get(job, 'admin');
    while (body.status === 'running' && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      ({ body } = await api.get(job, 'admin'));
    }
    expect(body).toMatchObject({ status: 'succeeded', fraction: 1, error: null });
    expect((await api.get('/jobs/rebuild-inbox-1-999', 'admin')).status).toBe(404);
    expect((await api.get('/jobs/other', 'admin')).status).toBe(404);
    expect((await api.get('/projections/core/parked', 'admin')).body).toEqual({ data: [] });
    expect((await api.post('/projections/core/parked/retry', 'admin')).body).toEqual({ applied: 0, parked: 0 });
    const { body: metrics } = await api.get('/metrics', 'admin');
    expect(metrics).toMatch(/^countersign_processor_lag_events\{name="core",build="\d+"\} \d+$/m);
    expect(metrics).toMatch(/^countersign_processing_up 1$/m);
    expect((await api.call('GET', '/health/ready')).body).toMatchObject({ status: 'ready' });
  });

  it('shows operators the messages of their workspace that were given up, and sends them again, once', async () => {
    const rows = async (query: string) => (await api.core.database.pool.query(query)).rows as { id: string }[];
    const webhook = { name: 'given up', url: 'https://receiver.example.com/', events: ['ReviewWithdrawn'] };
    expect((await api.post('/webhooks', 'admin', webhook)).status).toBe(201);
    const workflow = await publishedWorkflow(api, [roleStep('one', 'officer')]);
    const sent = `SELECT id FROM processing.outbox WHERE target = 'notifications.webhook' AND done_at IS NOT NULL`;
    await api.post(`/reviews/${await startedReview(api, workflow)}/withdraw`, 'officer', { reason: 'x' });
    while ((await rows(sent)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const [letter] = await rows(
      `UPDATE processing.outbox SET done_at = NULL, dead_at = now(), last_error = 'Refused: no'
        WHERE id = (${sent} LIMIT 1) RETURNING id`,
    );
    const retry = (id: string, as: string) => api.post(`/dead-letters/${id}/retry`, as);
    const { body } = await api.get('/dead-letters', 'auditor');
    expect(body.data).toMatchObject([{ id: letter!.id, target: 'notifications.webhook', error: 'Refused: no' }]);
    const nothing = { data: [], page: { next: null, hasMore: false } };
    expect((await api.get('/dead-letters', 'other-admin')).body).toEqual(nothing);
    expect((await api.get('/dead-letters?cursor=x', 'admin')).body.code).toBe('invalid-cursor');
    expect((await retry(letter!.id, 'other-admin')).status).toBe(404);
    expect((await retry(letter!.id, 'auditor')).status).toBe(403);
    expect((await retry('nothing', 'admin')).status).toBe(404);
    const both = await Promise.all([retry(letter!.id, 'admin'), retry(letter!.id, 'admin')]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 404]);
    while ((await rows(sent)).every(({ id }) => id !== letter!.id)) await new Promise((done) => setTimeout(done, 20));
    expect((await api.get('/dead-letters', 'admin')).body).toEqual(nothing);
  });
});
