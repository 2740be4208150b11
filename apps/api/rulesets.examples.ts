import { randomUUID } from 'node:crypto';
import { installation, roleStep, type ApiInstallation } from './api.examples.js';

const rows = (limit: string) => [{ path: 'amountMinor', op: 'lte', value: limit }];
const small = (limit = '50000') => [{ name: 'small', when: rows(limit), outcome: 'approve', reason: 'Small' }];

describe('rulesets over HTTP', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
  });
  afterAll(() => api.stop());

  const created = async (rules: unknown, more: object = {}) => {
    const key = `r-${randomUUID()}`;
    const { status, body, headers } = await api.post('/rulesets', 'admin', { key, rules, ...more });
    return { key, status, body, headers, path: `/rulesets/${body.rulesetId}` };
  };
  const put = (path: string, body: object, headers = {}) =>
    api.call('PUT', `${path}/draft`, { as: 'admin', body, headers });

  const jobDone = async (id: string) => {
    for (;;) {
      const { body } = await api.get(`/jobs/${id}`, 'admin');
      if (body.status !== 'running') return body;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('go from draft to the second version, found by id and by key', async () => {
    const first = await created(small());
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      stream: `ruleset-${first.body.rulesetId}`,
      events: [{ type: 'RulesetDrafted', revision: 0 }],
      state: { status: 'active', version: null, draft: true },
      version: null,
    });
    expect(first.headers.get('location')).toBe(`/api/v1/rulesets/${first.body.rulesetId}`);
    const taken = await api.post('/rulesets', 'admin', { key: first.key, rules: small() });
    expect([taken.status, taken.body.code, taken.body.rulesetId]).toEqual([
      409,
      'already-exists',
      first.body.rulesetId,
    ]);

    const published = await api.post(`/rulesets/${first.key}/publish`, 'admin');
    expect([published.status, published.body.version]).toEqual([201, 1]);
    expect((await api.post(`${first.path}/publish`, 'admin')).body.events).toEqual([]);

    expect((await put(first.path, { rules: small('70000') }, { 'if-match': '"0"' })).body.code).toBe(
      'revision-mismatch',
    );
    expect((await put(first.path, { rules: small('70000') })).body.state).toEqual({
      status: 'active',
      version: 1,
      draft: true,
    });
    const detail = await api.get(`/rulesets/${first.key}`, 'viewer');
    expect(detail.headers.get('etag')).toBe('"2"');
    expect(detail.body).toMatchObject({
      id: first.body.rulesetId,
      key: first.key,
      version: 1,
      draft: true,
      match: 'first',
      rules: [{ name: 'small', when: { lte: ['amountMinor', '70000'] }, outcome: 'approve', mode: 'enforce' }],
    });
    expect((await put(first.path, detail.body)).status).toBe(422); // members of the answer are no members of a draft
    const { match, rules } = detail.body;
    expect((await put(first.path, { match, rules })).body.events).toEqual([]);

    expect((await api.post(`${first.path}/publish`, 'admin')).body.version).toBe(2);
    const versions = await api.get(`${first.path}/versions`, 'auditor');
    expect(versions.body.data.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    const one = await api.get(`${first.path}/versions/1`, 'officer');
    expect(one.body).toMatchObject({ version: 1, rules: [{ when: { lte: ['amountMinor', '50000'] } }] });
    expect((await api.get(`${first.path}/versions/3`, 'officer')).status).toBe(404);
  });

  it('are listed by key', async () => {
    const { key } = await created(small());
    const { status, body } = await api.get('/rulesets?limit=100', 'manager', { 'consistency-token': api.token() });
    expect(status).toBe(200);
    expect(body.data).toContainEqual(expect.objectContaining({ key, name: key, version: null, draft: true, rules: 1 }));
    expect(body.data.map((row: { key: string }) => row.key)).toEqual(
      body.data.map((row: { key: string }) => row.key).toSorted(),
    );
  });

  it('are refused with all their faults at once', async () => {
    const { status, body } = await created([
      { name: 'a', when: [{ path: 'x', op: 'is', value: 1 }], outcome: 'approve' },
      { name: 'a', when: { cel: 'x.matches("a+")' }, outcome: 'never' },
    ]);
    expect([status, body.code]).toEqual([422, 'definition-invalid']);
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '/rules/0/when/0/op',
      '/rules/1/outcome',
      '/rules/1/when/cel',
      '/rules/1/name',
    ]);
  });

  it('are tried with one payload, and say why', async () => {
    const { path } = await created([
      { name: 'foreign', when: [{ path: 'country', op: 'ne', value: 'CH' }], outcome: 'review', mode: 'shadow' },
      ...small(),
    ]);
    const run = (payload: unknown, more = {}) => api.post(`${path}/dry-run`, 'officer', { payload, ...more });
    const allowed = await run({ amountMinor: '49999.99', country: 'DE' });
    expect(allowed.status).toBe(200);
    expect(allowed.body).toMatchObject({
      version: null,
      outcome: 'approve',
      decisive: 'small',
      reason: 'Small',
      shadow: { outcome: 'review', decisive: 'foreign', reason: null },
      trace: [
        { name: 'foreign', mode: 'shadow', result: 'matched', condition: { op: 'ne', value: true, operand: 'DE' } },
        {
          name: 'small',
          result: 'matched',
          condition: { op: 'lte', value: true, path: 'amountMinor', operand: '49999.99', against: '50000' },
        },
      ],
    });
    expect((await run({ amountMinor: '50000.01', country: 'CH' })).body).toMatchObject({
      outcome: 'review',
      decisive: null,
    });
    expect((await run({ country: 'CH' })).body).toMatchObject({ outcome: 'review', decisive: 'small', reason: null });
    expect((await run({ amountMinor: 1.5 })).status).toBe(422);
    expect((await run([])).status).toBe(422);
    expect((await run({}, { version: 1 })).status).toBe(404);
    await api.post(`${path}/publish`, 'admin');
    const body = { amountMinor: '2', country: 'CH' };
    expect((await run(body)).body).toMatchObject({ outcome: 'approve', version: 1 });
    await put(path, { rules: small('1') });
    expect((await run(body)).body).toMatchObject({ outcome: 'review', version: null });
    expect((await run(body, { version: 1 })).body).toMatchObject({ outcome: 'approve', version: 1 });
  });

  describe('of a workflow', () => {
    const auto = { auto: true, floor: 0 };
    const workflowOf = async (rules: unknown, steps: readonly object[]) => {
      const { key: ruleset, path } = await created(rules);
      await api.post(`${path}/publish`, 'admin');
      const { body } = await api.post('/workflows', 'admin', {
        key: `w-${randomUUID()}`,
        name: 'Loans',
        steps,
        auto: { ruleset },
      });
      expect((await api.post(`/workflows/${body.workflowId}/publish`, 'admin')).status).toBe(201);
      const start = async (content: object) =>
        api.post(`/workflows/${body.workflowId}/start`, 'officer', {
          subject: { type: 'loan', id: randomUUID(), content },
        });
      return { start, ruleset, path, workflowId: body.workflowId as string };
    };
    const rules = [
      { name: 'sanctioned', when: { eq: ['country', 'XX'] }, outcome: 'deny' },
      { name: 'small', when: { lte: ['amountMinor', '50000'] }, outcome: 'allow', reason: 'Small' },
      { name: 'new', when: { cel: 'amountMinor == "1"' }, outcome: 'deny', mode: 'shadow' },
    ];

    it('decide what may be decided without people', async () => {
      const { start, ruleset } = await workflowOf(rules, [{ ...roleStep('one', 'manager'), ...auto }]);
      const approved = await start({ amountMinor: '1', country: 'CH' });
      expect(approved.body.state.status).toBe('approved');
      expect(approved.body.events.map(({ type }: { type: string }) => type)).toEqual([
        'ReviewStarted',
        'AutoRulesEvaluated',
        'StepStarted',
        'StepCompleted',
        'ReviewApproved',
      ]);
      const { body } = await api.get(`/reviews/${approved.body.reviewId}`, 'officer');
      expect(body.autoRules).toMatchObject({
        ruleset: { key: ruleset, version: 1 },
        decidedBy: 'system:rules@1',
        outcome: 'approve',
        decisive: 'small',
        reason: 'Small',
        rules: [{ result: 'unmatched' }, { result: 'matched' }, { mode: 'shadow', result: 'matched' }],
      });
      const { body: history } = await api.get(`/reviews/${approved.body.reviewId}/events`, 'officer');
      expect(history.data[1].data).toMatchObject({
        shadow: { outcome: 'reject', decisive: 'new' },
        traces: [{}, { rule: 'small', trace: { operand: '1', against: '50000' } }, {}],
      });
      const { body: before } = await api.get(`/reviews/${approved.body.reviewId}?revision=0`, 'officer');
      expect(before.status).toBe('submitted');

      const rejected = await start({ amountMinor: '1', country: 'XX' });
      expect(rejected.body.state.status).toBe('rejected');
      const left = await start({ amountMinor: '50001', country: 'CH' });
      expect(left.body.state).toMatchObject({ status: 'in_review', step: 'one' });
      const list = await api.get('/reviews?status=rejected&limit=100', 'admin', { 'consistency-token': api.token() });
      expect(list.body.data.map(({ id }: { id: string }) => id)).toContain(rejected.body.reviewId);
    });

    it('keep the sealed operands out of the log', async () => {
      const { start } = await workflowOf(rules, [{ ...roleStep('one', 'manager'), ...auto }]);
      const amountMinor = '31415.92';
      const { body } = await start({ amountMinor, country: 'CH' });
      const { events } = await api.core.store.readStream(`review-${body.reviewId}`);
      expect(JSON.stringify(events.map(({ data }) => data))).not.toContain(amountMinor);
      expect(events.find(({ type }) => type === 'AutoRulesEvaluated')?.data['traces']).toHaveProperty('$enc');
    });

    it('are pinned at the start, and asked again about new content', async () => {
      const { start, path } = await workflowOf(rules, [{ ...roleStep('one', 'manager'), ...auto }]);
      const { body } = await start({ amountMinor: '90000', country: 'CH' });
      await put(path, { rules: [{ name: 'none', outcome: 'deny' }] });
      await api.post(`${path}/publish`, 'admin');
      const again = await api.post(`/reviews/${body.reviewId}/resubmit`, 'officer', {
        content: { amountMinor: '100', country: 'CH' },
      });
      expect(again.body.state.status).toBe('approved');
      expect((await start({ amountMinor: '100', country: 'CH' })).body.state.status).toBe('rejected');
    });

    it('answer a simulation as they answer in earnest, by the version that was pinned', async () => {
      const { start, path, workflowId } = await workflowOf(rules, [{ ...roleStep('one', 'manager'), ...auto }]);
      const subject = (amountMinor: string) => ({
        type: 'loan',
        id: randomUUID(),
        content: { amountMinor, country: 'CH' },
      });
      const script = {
        start: { subject: subject('90000') },
        acts: [{ act: 'resubmit', by: api.ids.get('officer'), content: subject('1').content }],
      };
      const thought = await api.post(`/workflows/${workflowId}/simulate`, 'officer', {
        ...script,
        start: { ...script.start, by: api.ids.get('officer') },
      });
      const { body } = await start(subject('90000').content);
      await put(path, { rules: [{ name: 'none', outcome: 'deny' }] });
      await api.post(`${path}/publish`, 'admin');
      const whatIf = await api.post(`/reviews/${body.reviewId}/simulate`, 'officer', { acts: script.acts });
      const real = await api.post(`/reviews/${body.reviewId}/resubmit`, 'officer', {
        content: subject('1').content,
      });
      const types = (events: readonly { type: string }[]) => events.map(({ type }) => type);
      expect(thought.body.state.status).toBe('approved');
      expect(whatIf.body.state.status).toBe('approved');
      expect(real.body.state.status).toBe('approved');
      expect(types(whatIf.body.events)).toEqual(types(real.body.events));
      expect(types(thought.body.events)).toEqual([...types(body.events), ...types(real.body.events)]);
    });

    it('leave steps to people that need people', async () => {
      const { start } = await workflowOf(rules, [
        { ...roleStep('one', 'manager'), ...auto },
        roleStep('two', 'manager'),
      ]);
      const { body } = await start({ amountMinor: '1', country: 'CH' });
      expect(body.state).toMatchObject({ status: 'in_review', step: 'two' });
      const decided = await api.post(`/reviews/${body.reviewId}/decide`, 'manager', {
        verdict: 'approve',
        reviewedRevision: 1,
      });
      expect(decided.body.state.status).toBe('approved');
    });

    it('have to be published before a workflow that names them', async () => {
      const { key } = await created(small());
      const { body } = await api.post('/workflows', 'admin', {
        key: `w-${randomUUID()}`,
        name: 'Loans',
        steps: [roleStep('one', 'manager')],
        auto: { ruleset: key },
      });
      const refused = await api.post(`/workflows/${body.workflowId}/publish`, 'admin');
      expect([refused.status, refused.body.code, refused.body.errors[0].pointer]).toEqual([
        422,
        'definition-invalid',
        '/auto/ruleset',
      ]);
    });
  });

  it('are tried on the past, which lists what would have ended the other way', async () => {
    const marker = randomUUID();
    const { body: workflow } = await api.post('/workflows', 'admin', {
      key: `w-${marker}`,
      name: 'Loans',
      steps: [roleStep('one', 'manager')],
    });
    await api.post(`/workflows/${workflow.workflowId}/publish`, 'admin');
    const ended = async (verdict: string, amountMinor: string) => {
      const { body } = await api.post(`/workflows/${workflow.workflowId}/start`, 'officer', {
        subject: { type: 'loan', id: randomUUID(), content: { amountMinor } },
      });
      await api.post(`/reviews/${body.reviewId}/decide`, 'manager', { verdict, reviewedRevision: 1 });
      return body.reviewId as string;
    };
    const same = await ended('approve', '1');
    const flipped = [await ended('reject', '2'), await ended('reject', '3')];
    await ended('approve', '60000');

    const { path, key } = await created(small());
    const asked = { workflow: `w-${marker}` };
    const begun = await api.post(`/rulesets/${key}/backtest`, 'admin', asked);
    expect(begun.status).toBe(202);
    expect(begun.headers.get('location')).toBe(`/api/v1/jobs/${begun.body.id}`);
    const done = await jobDone(begun.body.id);
    expect(done).toMatchObject({
      kind: 'backtest',
      status: 'succeeded',
      fraction: 1,
      result: { decisions: 4, same: 1, flips: 2, left: 1, rules: [{ name: 'small', decided: 3 }] },
    });
    expect(done.result.firstFlips.map(({ reviewId }: { reviewId: string }) => reviewId)).toEqual(flipped);
    expect(flipped).not.toContain(same);

    const page = await api.get(`${done.result.flipsUrl}?limit=1`, 'admin');
    expect(page.body).toMatchObject({
      data: [
        { n: 1, reviewId: flipped[0], was: 'rejected', would: 'approve', rule: 'small', workflowKey: `w-${marker}` },
      ],
      page: { hasMore: true },
    });
    const rest = await api.get(`${done.result.flipsUrl}?limit=1&cursor=${page.body.page.next}`, 'admin');
    expect(rest.body).toMatchObject({ data: [{ n: 2, reviewId: flipped[1] }], page: { next: null, hasMore: false } });
    expect((await api.get(`${done.result.flipsUrl}?cursor=nonsense`, 'admin')).status).toBe(400);

    // Everything in the workspace, the rules of version 1 in shadow, is another question.
    await put(path, { rules: [{ ...small()[0], mode: 'shadow' }] });
    await api.post(`${path}/publish`, 'admin');
    const whole = await api.post(`${path}/backtest`, 'admin', { ...asked, version: 1 });
    expect((await jobDone(whole.body.id)).result).toMatchObject({ version: 1, flips: 0, left: 4 });
    const enforced = await api.post(`${path}/backtest`, 'admin', { ...asked, shadow: true });
    // The draft was published as it stands: it is version 1.
    expect((await jobDone(enforced.body.id)).result).toMatchObject({ version: 1, flips: 2 });
    const wrong = async (body: object) => {
      const { status, body: problem } = await api.post(`${path}/backtest`, 'admin', body);
      return [status, problem.code, problem.errors?.[0].pointer];
    };
    const refused = (pointer: string) => [422, 'validation-failed', pointer];
    expect(await wrong({ workflow: 'nope' })).toEqual(refused('/workflow'));
    const [from, to] = ['2026-11-02T00:00:00Z', '2026-11-02T00:30:00+01:00'];
    expect(await wrong({ from, to })).toEqual(refused('/to'));
    expect((await api.post(`${path}/backtest`, 'admin', { ...asked, version: 7 })).status).toBe(404);

    expect((await api.get(`/jobs/${begun.body.id}`, 'other-admin')).status).toBe(404);
    expect((await api.get(done.result.flipsUrl, 'other-admin')).status).toBe(404);
    expect((await api.get(`/jobs/backtest-${randomUUID()}`, 'admin')).status).toBe(404);
    expect((await api.get('/jobs/backtest-x', 'admin')).status).toBe(404);
    expect((await api.post(`${path}/backtest`, 'manager', asked)).status).toBe(403);
    const other = await created(small());
    expect((await api.get(`${other.path}/backtests/${begun.body.id}/flips`, 'admin')).status).toBe(404);
  });

  it('begin one backtest per request, however often it is sent', async () => {
    const { path } = await created(small());
    const twice = { key: randomUUID() };
    const first = await api.post(`${path}/backtest`, 'admin', {}, twice);
    const second = await api.post(`${path}/backtest`, 'admin', {}, twice);
    expect(second.body.id).toBe(first.body.id);
    expect((await jobDone(first.body.id)).status).toBe('succeeded');
    // Another question is another request.
    for (const other of [{ workflow: 'loan-approval' }, { shadow: true }]) {
      const { status, body } = await api.post(`${path}/backtest`, 'admin', other, twice);
      expect([status, body.code]).toEqual([422, 'idempotency-key-reused']);
    }
  });

  it('belong to their workspace and to its administrators', async () => {
    const { path, key } = await created(small());
    for (const way of [path, `/rulesets/${key}`]) {
      expect((await api.get(way, 'other-admin')).status).toBe(404);
      expect((await api.post(`${way}/publish`, 'other-admin')).status).toBe(404);
      expect((await api.post(`${way}/dry-run`, 'other-admin', { payload: {} })).status).toBe(404);
      expect((await api.post(`${way}/publish`, 'manager')).status).toBe(403);
    }
    expect((await api.post('/rulesets', 'other-admin', { key, rules: small() })).status).toBe(201);
    expect((await api.get('/rulesets/../workflows', 'admin')).status).not.toBe(500);
    for (const name of [randomUUID(), 'nobody-has-this', '$all', 'A%20B'])
      expect((await api.get(`/rulesets/${name}`, 'admin')).status).toBe(404);
  });
});
