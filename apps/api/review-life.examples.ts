import { randomUUID } from 'node:crypto';
import {
  installation,
  publishedWorkflow,
  roleStep,
  startedReview,
  type Answer,
  type ApiInstallation,
} from './api.examples.js';

/** What happens to a review besides decisions: held, asked, cancelled, overridden, reopened. */
describe('the life of a review', () => {
  let api: ApiInstallation;
  let workflow: string;
  beforeAll(async () => {
    api = await installation();
    workflow = await publishedWorkflow(api, [
      roleStep('initial', 'officer', 1, { slaHours: 8 }),
      roleStep('committee', 'manager', 2, { slaHours: 8 }),
    ]);
  });
  afterAll(() => api.stop());

  const send = (reviewId: string, verb: string, as: string, body: object = {}, more = {}) =>
    api.post(`/reviews/${reviewId}/${verb}`, as, body, more);
  const decide = (reviewId: string, as: string, verdict = 'approve', reviewedRevision = 1) =>
    send(reviewId, 'decide', as, { verdict, reviewedRevision });
  const detail = async (reviewId: string) => (await api.get(`/reviews/${reviewId}`, 'auditor')).body;
  const outcome = ({ status, body }: Answer) => [status, body.code ?? body.state.status];
  const types = ({ body }: Answer) => body.events.map((event: { type: string }) => event.type);
  const offered = async (reviewId: string, as: string) => {
    const { body } = await api.get(`/reviews/${reviewId}/actions`, as);
    return body.actions.flatMap((it: { action: string; allowed: boolean }) => (it.allowed ? [it.action] : []));
  };

  it('is held and resumed by whoever may reassign, with everything standing meanwhile', async () => {
    const reviewId = await startedReview(api, workflow);
    expect(outcome(await send(reviewId, 'hold', 'officer2', { reason: 'Valuer' }))).toEqual([403, 'forbidden']);
    expect(outcome(await send(reviewId, 'hold', 'manager', {}))).toEqual([422, 'reason-required']);
    const held = await send(reviewId, 'hold', 'manager', { reason: 'The valuer is away' });
    expect([...outcome(held), ...types(held)]).toEqual([201, 'on_hold', 'ReviewHeld', 'SlaPaused']);
    expect(held.body.state.waitingOn[0]).toMatchObject({ condition: 'resumption' });
    expect(await detail(reviewId)).toMatchObject({
      status: 'on_hold',
      hold: { heldBy: api.ids.get('manager'), reason: 'The valuer is away', before: 'in_review' },
    });
    const refused = await decide(reviewId, 'officer2');
    expect(outcome(refused)).toEqual([409, 'invalid-state']);
    expect(refused.body).toMatchObject({
      status: 409,
      allowedActions: await offered(reviewId, 'officer2'),
      waitingOn: expect.arrayContaining([expect.objectContaining({ condition: 'resumption', have: 0, need: 1 })]),
    });
    expect(await offered(reviewId, 'manager')).toContain('resume');
    const again = await send(reviewId, 'hold', 'manager', { reason: 'Twice' });
    expect([again.status, again.body.events]).toEqual([200, []]);

    const listed = await api.get('/reviews?status=on_hold&sla=paused&limit=100', 'auditor', {
      'consistency-token': api.token(),
    });
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toContain(reviewId);
    const token = { 'consistency-token': api.token() };
    const inbox = async () =>
      (await api.get('/inbox?limit=100', 'officer2', token)).body.data as { reviewId: string }[];
    expect((await inbox()).filter((row) => row.reviewId === reviewId)).toEqual([]);

    const resumed = await send(reviewId, 'resume', 'manager');
    expect([...outcome(resumed), ...types(resumed)]).toEqual([201, 'in_review', 'ReviewResumed', 'SlaResumed']);
    token['consistency-token'] = api.token();
    expect((await inbox()).filter((row) => row.reviewId === reviewId)).toHaveLength(1);
    expect(outcome(await send(reviewId, 'resume', 'manager'))).toEqual([409, 'invalid-state']);
    expect(outcome(await decide(reviewId, 'officer2'))).toEqual([201, 'in_review']);
  });

  it('waits for the submitter’s answer to a question', async () => {
    const reviewId = await startedReview(api, workflow);
    expect(outcome(await send(reviewId, 'provide-info', 'officer', { answer: 'x' }))).toEqual([409, 'invalid-state']);
    expect(outcome(await send(reviewId, 'request-info', 'officer', { question: 'x' }))).toEqual([403, 'four-eyes']);
    expect(outcome(await send(reviewId, 'request-info', 'officer2', {}))).toEqual([422, 'validation-failed']);
    const asked = await send(reviewId, 'request-info', 'officer2', { question: 'Who is the employer?' });
    expect([...outcome(asked), ...types(asked)]).toEqual([201, 'info_requested', 'InfoRequested', 'SlaPaused']);
    expect(asked.body.state.waitingOn[0]).toMatchObject({
      condition: 'information',
      who: [`user:${api.ids.get('officer')}`],
    });
    expect(await offered(reviewId, 'officer')).toEqual(expect.arrayContaining(['provide-info', 'resubmit']));
    expect(outcome(await send(reviewId, 'provide-info', 'officer2', { answer: 'x' }))).toEqual([403, 'not-eligible']);
    const answered = await send(reviewId, 'provide-info', 'officer', { answer: 'The city' });
    expect([...outcome(answered), ...types(answered)]).toEqual([201, 'in_review', 'InfoProvided', 'SlaResumed']);
    expect((await detail(reviewId)).infoRequest).toMatchObject({
      step: 'initial',
      requestedBy: api.ids.get('officer2'),
      question: 'Who is the employer?',
      answer: 'The city',
      answeredBy: api.ids.get('officer'),
    });
  });

  it('is cancelled by whoever may override, and by nobody else', async () => {
    const reviewId = await startedReview(api, workflow);
    expect(outcome(await send(reviewId, 'cancel', 'manager', { reason: 'Twice' }))).toEqual([403, 'forbidden']);
    expect(outcome(await send(reviewId, 'cancel', 'admin', {}))).toEqual([422, 'reason-required']);
    expect(outcome(await send(reviewId, 'cancel', 'admin', { reason: 'Entered twice' }))).toEqual([201, 'cancelled']);
    const late = await decide(reviewId, 'officer2');
    expect(outcome(late)).toEqual([409, 'step-resolved']);
    expect(late.body).toMatchObject({
      detail: expect.stringContaining('start another review'),
      allowedActions: ['comments'],
      waitingOn: [],
    });
    const rejected = await startedReview(api, workflow);
    await decide(rejected, 'officer2', 'reject');
    const taken = await send(rejected, 'withdraw', 'admin');
    expect([...outcome(taken), taken.body.allowedActions]).toEqual([
      409,
      'step-resolved',
      expect.arrayContaining(['reopen', 'comments']),
    ]);
    const listed = await api.get('/reviews?status=cancelled&limit=100', 'auditor', {
      'consistency-token': api.token(),
    });
    expect(listed.body.data.map(({ id }: { id: string }) => id)).toContain(reviewId);
  });

  it('has a step overridden, which shows on the step and in the trail', async () => {
    const reviewId = await startedReview(api, workflow);
    const reason = 'Both officers are ill';
    const body = { outcome: 'approve', reason };
    expect(outcome(await send(reviewId, 'override', 'manager', body))).toEqual([403, 'forbidden']);
    expect(outcome(await send(reviewId, 'override', 'admin', { outcome: 'approve' }))).toEqual([
      422,
      'reason-required',
    ]);
    const nowhere = await send(reviewId, 'override', 'admin', { ...body, step: 'nowhere' });
    expect(outcome(nowhere)).toEqual([422, 'validation-failed']);
    expect(nowhere.body.errors[0].detail).toBe('The review has no step nowhere; it has initial, committee.');
    const overridden = await send(reviewId, 'override', 'admin', { ...body, step: 'initial' });
    expect(types(overridden)).toEqual(['ReviewOverridden', 'StepCompleted', 'StepStarted']);
    expect((await detail(reviewId)).steps[0]).toMatchObject({
      status: 'overridden',
      override: { outcome: 'approve', overriddenBy: api.ids.get('admin'), reason },
    });
    const trail = await api.get(`/reviews/${reviewId}/audit?limit=100`, 'auditor', {
      'consistency-token': api.token(),
    });
    const line = trail.body.data.find(({ type }: { type: string }) => type === 'ReviewOverridden');
    expect(line.summary).toMatch(/^OVERRIDE: step initial/);
    expect(line.summary).not.toContain(reason);
    expect(outcome(await send(reviewId, 'override', 'admin', { outcome: 'reject', reason }))).toEqual([
      201,
      'rejected',
    ]);
  });

  it('is not overridden by whoever has seen another revision than the newest', async () => {
    const reviewId = await startedReview(api, workflow);
    await send(reviewId, 'resubmit', 'officer', { content: { amount: '2' } });
    const body = { outcome: 'approve', reason: 'Both officers are ill' };
    const stale = await send(reviewId, 'override', 'admin', { ...body, reviewedRevision: 1 });
    expect(stale).toMatchObject({
      status: 409,
      body: {
        code: 'stale-review',
        currentRevision: 2,
        diffUrl: `/api/v1/reviews/${reviewId}/diff?from=1&to=2`,
      },
    });
    expect((await detail(reviewId)).steps[0]).toMatchObject({ status: 'open' });
    expect(outcome(await send(reviewId, 'override', 'admin', { ...body, reviewedRevision: 2 }))).toEqual([
      201,
      'in_review',
    ]);
    expect((await detail(reviewId)).steps[0]).toMatchObject({ status: 'overridden' });
  });

  it('is not overridden by its submitter, administrator or not', async () => {
    const reviewId = await startedReview(api, workflow, { amount: '1' }, 'admin');
    const refused = await send(reviewId, 'override', 'admin', { outcome: 'approve', reason: 'Mine' });
    expect(outcome(refused)).toEqual([403, 'four-eyes']);
  });

  it('is reopened, keeping what still counts, as often as its workflow allows', async () => {
    const reviewId = await startedReview(api, workflow);
    await decide(reviewId, 'officer2');
    await decide(reviewId, 'manager');
    expect(outcome(await decide(reviewId, 'manager2', 'reject'))).toEqual([201, 'rejected']);
    expect(outcome(await send(reviewId, 'reopen', 'manager', { reason: 'x' }))).toEqual([403, 'forbidden']);
    expect(outcome(await send(reviewId, 'reopen', 'admin', { reason: 'x', mode: 'clever' }))).toEqual([
      422,
      'validation-failed',
    ]);
    const reopened = await send(reviewId, 'reopen', 'admin', { reason: 'Wrong register', mode: 'smart' });
    expect(types(reopened)).toEqual(['ReviewReopened', 'DecisionsInvalidated', 'StepStarted']);
    expect(reopened.body.state).toMatchObject({ status: 'in_review', step: 'committee' });
    expect(reopened.body.state.waitingOn[0]).toMatchObject({ have: 1, need: 2 });
    expect(outcome(await decide(reviewId, 'manager2'))).toEqual([201, 'approved']);
    expect(outcome(await send(reviewId, 'reopen', 'admin', { reason: 'Again' }))).toEqual([409, 'invalid-state']);
  });

  it('is not reopened beside another open review of its subject', async () => {
    const subject = { type: 'loan', id: `loan-${randomUUID()}`, content: { amount: '1' } };
    const start = () => api.post(`/workflows/${workflow}/start`, 'officer', { subject });
    const first = (await start()).body.reviewId;
    await decide(first, 'officer2', 'reject');
    const second = (await start()).body.reviewId;
    const refused = await send(first, 'reopen', 'admin', { reason: 'Wrong register' });
    expect([refused.status, refused.body.code, refused.body.reviewId]).toEqual([409, 'already-exists', second]);
    const rehearsed = await api.post(`/reviews/${first}/reopen?dryRun=true`, 'admin', { reason: 'Wrong register' });
    expect(outcome(rehearsed)).toEqual([409, 'already-exists']);
    await send(second, 'withdraw', 'officer');
    expect(outcome(await send(first, 'reopen', 'admin', { reason: 'Wrong register' }))).toEqual([201, 'in_review']);
    const third = await start();
    expect([third.status, third.body.code, third.body.reviewId]).toEqual([409, 'already-exists', first]);
  });

  it.each([
    ['hold', 'manager', { reason: 'Valuer' }, { reason: 'Other' }],
    ['request-info', 'officer2', { question: 'Who?' }, { question: 'Other?' }],
    ['cancel', 'admin', { reason: 'Twice' }, { reason: 'Other' }],
    ['override', 'admin', { outcome: 'approve', reason: 'Ill' }, { outcome: 'reject', reason: 'Ill' }],
  ])('takes %s like every command: rehearsed, at a revision, and once for a key', async (verb, as, body, other) => {
    const reviewId = await startedReview(api, workflow);
    const { revision } = await detail(reviewId);
    const rehearsed = await api.post(`/reviews/${reviewId}/${verb}?dryRun=true`, as, body);
    expect([rehearsed.status, rehearsed.body.events.length > 0]).toEqual([200, true]);
    expect((await detail(reviewId)).revision).toBe(revision);
    const stale = await send(reviewId, verb, as, body, { headers: { 'if-match': `"${revision + 1}"` } });
    expect([stale.status, stale.body.code, stale.body.currentRevision]).toEqual([412, 'revision-mismatch', revision]);
    expect(stale.body.detail).toContain('ETag');
    const key = randomUUID();
    const first = await send(reviewId, verb, as, body, { key, headers: { 'if-match': `"${revision}"` } });
    expect(first.status).toBe(201);
    const again = await send(reviewId, verb, as, body, { key });
    expect([again.status, again.body, again.headers.get('idempotent-replayed')]).toEqual([201, first.body, 'true']);
    expect(outcome(await send(reviewId, verb, as, other, { key }))).toEqual([422, 'idempotency-key-reused']);
  });
});
