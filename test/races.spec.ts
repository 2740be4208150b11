import { randomUUID } from 'node:crypto';
import { Client } from './support/client.js';
import { Installation } from './support/installation.js';
import { publishedWorkflow, roleStep, startedReview } from './support/scenario.js';

describe('races over HTTP', () => {
  let installation: Installation;
  let admin: Client;
  let officer: Client;
  let managers: Client[];

  const signIn = async () => {
    const { url } = installation;
    admin = await Client.login(url, 'admin');
    officer = await Client.login(url, 'officer');
    managers = await Promise.all(['manager', 'manager2', 'manager3'].map((name) => Client.login(url, name)));
  };

  beforeAll(async () => {
    installation = await (await Installation.begun()).start();
    await signIn();
  });
  afterAll(() => installation.destroy());

  const typesOf = async (reviewId: string): Promise<string[]> =>
    (await admin.get(`/reviews/${reviewId}/events`)).body.data.map((event: { type: string }) => event.type);
  const count = (types: string[], type: string) => types.filter((each) => each === type).length;
  const statuses = (answers: { status: number }[]) =>
    Object.fromEntries(
      Map.groupBy(answers, ({ status }) => status)
        .entries()
        .map(([status, list]) => [status, list.length]),
    );

  it('64 parallel approvals of a 2-of-n step resolve it exactly once', async () => {
    const workflow = await publishedWorkflow(admin, [
      roleStep('credit', 'manager', 2),
      roleStep('final', 'manager', 3),
    ]);
    const reviewId = await startedReview(officer, workflow);
    const approvals = Array.from({ length: 64 }, (_, i) =>
      managers[i % 3]!.post(`/reviews/${reviewId}/decide`, { verdict: 'approve', reviewedRevision: 1 }),
    );
    const answers = await Promise.all(approvals);

    expect(answers.every(({ status }) => [200, 201, 409].includes(status))).toBe(true);
    const { body } = await admin.get(`/reviews/${reviewId}/events`);
    const onStep = (type: string, step: string) =>
      body.data.filter((event: any) => event.type === type && event.data.step === step);
    expect(onStep('StepCompleted', 'credit')).toHaveLength(1);
    expect(onStep('DecisionRecorded', 'credit')).toHaveLength(2);
    const deciders = onStep('DecisionRecorded', 'credit').map((event: any) => event.data.actorId);
    expect(new Set(deciders).size).toBe(2);
    expect(body.data.map((event: any) => event.revision)).toEqual(body.data.map((_: unknown, i: number) => i));
  });

  it('a 2-of-3 step with three approvals at once: one resolution, the third is told the outcome', async () => {
    const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 2)]);
    const reviewId = await startedReview(officer, workflow);
    const answers = await Promise.all(
      managers.map((manager) =>
        manager.post(`/reviews/${reviewId}/decide`, { verdict: 'approve', reviewedRevision: 1 }),
      ),
    );

    expect(statuses(answers)).toEqual({ 201: 2, 409: 1 });
    expect(answers.find(({ status }) => status === 409)!.body).toMatchObject({ code: 'step-resolved' });
    const types = await typesOf(reviewId);
    expect([count(types, 'StepCompleted'), count(types, 'ReviewApproved'), count(types, 'DecisionRecorded')]).toEqual([
      1, 1, 2,
    ]);
  });

  it('50 parallel posts with one Idempotency-Key make one set of events and one receipt', async () => {
    const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 2)]);
    const key = randomUUID();
    const subject = { type: 'loan', id: `loan-${key}`, content: { amountMinor: '1' } };
    const starts = await Promise.all(
      Array.from({ length: 50 }, () => officer.post(`/workflows/${workflow}/start`, { subject }, { key })),
    );

    expect(statuses(starts)).toEqual({ 201: 50 });
    expect(new Set(starts.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(starts.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(49);
    expect(count(await typesOf(starts[0]!.body.reviewId), 'ReviewStarted')).toBe(1);

    const decide = { verdict: 'approve', reviewedRevision: 1, comment: 'fine' };
    const decisions = await Promise.all(
      Array.from({ length: 50 }, () =>
        managers[0]!.post(`/reviews/${starts[0]!.body.reviewId}/decide`, decide, { key }),
      ),
    );
    expect(statuses(decisions)).toEqual({ 201: 50 });
    expect(new Set(decisions.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(count(await typesOf(starts[0]!.body.reviewId), 'DecisionRecorded')).toBe(1);
  });

  it('approve and reject at once give one outcome', async () => {
    const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 1)]);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const reviewId = await startedReview(officer, workflow);
        const answers = await Promise.all([
          managers[0]!.post(`/reviews/${reviewId}/decide`, { verdict: 'approve', reviewedRevision: 1 }),
          managers[1]!.post(`/reviews/${reviewId}/decide`, { verdict: 'reject', reviewedRevision: 1 }),
        ]);
        const types = await typesOf(reviewId);
        return { answers: statuses(answers), ends: count(types, 'ReviewApproved') + count(types, 'ReviewRejected') };
      }),
    );
    expect(outcomes).toEqual(Array.from({ length: 20 }, () => ({ answers: { 201: 1, 409: 1 }, ends: 1 })));
  });

  it('two starts for one subject at once make one review', async () => {
    const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 1)]);
    const subject = { type: 'loan', id: `loan-${randomUUID()}`, content: { amountMinor: '1' } };
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => officer.post(`/workflows/${workflow}/start`, { subject })),
    );
    expect(statuses(answers)).toEqual({ 201: 1, 409: 9 });
    const { reviewId } = answers.find(({ status }) => status === 201)!.body;
    for (const { body } of answers.filter(({ status }) => status === 409))
      expect(body).toMatchObject({ code: 'already-exists', reviewId });
  });

  it('a retry after a lost answer gives the original receipt, also after a restart', async () => {
    const workflow = await publishedWorkflow(admin, [roleStep('credit', 'manager', 2)]);
    const reviewId = await startedReview(officer, workflow);
    const key = randomUUID();
    const body = { verdict: 'approve', reviewedRevision: 1 };
    const first = await managers[0]!.must(`/reviews/${reviewId}/decide`, body, { key });
    await managers[1]!.must(`/reviews/${reviewId}/decide`, body);

    const again = await managers[0]!.post(`/reviews/${reviewId}/decide`, body, { key });
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');

    await installation.kill();
    await installation.start();
    await signIn();
    const after = await managers[0]!.post(`/reviews/${reviewId}/decide`, body, { key });
    expect([after.status, after.body]).toEqual([201, first.body]);
    expect(after.headers.get('idempotent-replayed')).toBe('true');

    const other = await managers[0]!.post(`/reviews/${reviewId}/decide`, { ...body, verdict: 'reject' }, { key });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
  });
});
