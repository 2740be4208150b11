import { randomUUID } from 'node:crypto';
import { EventStoreDbServerProcess } from '#libs/testing/eventstoredb-server/server-process';
import { Client } from './support/client.js';
import { Installation, until } from './support/installation.js';
import { publishedWorkflow, roleStep, startedReview } from './support/scenario.js';

const stores = {
  PostgreSQL: async () => ({ installation: await Installation.begun(), stop: async () => undefined }),
  EventStoreDB: async () => {
    const server = await EventStoreDbServerProcess.start({});
    const env = { EVENT_STORE: 'eventstoredb', EVENTSTORE_URL: server.url };
    return { installation: await Installation.create(env), stop: () => server.kill() };
  },
};

describe.each(Object.entries(stores))('whole journeys over HTTP, events in %s', (_, startStore) => {
  let store: Awaited<ReturnType<typeof startStore>>;
  let installation: Installation;
  let people: Record<
    'admin' | 'officer' | 'officer2' | 'manager' | 'manager2' | 'viewer' | 'auditor' | 'stranger',
    Client
  >;

  const signIn = async () => {
    const names = ['admin', 'officer', 'officer2', 'manager', 'manager2', 'viewer', 'auditor'] as const;
    const pairs = await Promise.all(
      names.map(async (name) => [name, await Client.login(installation.url, name)] as const),
    );
    people = {
      ...Object.fromEntries(pairs),
      stranger: await Client.login(installation.url, 'other-admin'),
    } as typeof people;
  };

  beforeAll(async () => {
    store = await startStore();
    installation = await store.installation.start();
    await signIn();
  }, 120_000);
  afterAll(async () => {
    await installation.destroy();
    await store.stop();
  }, 60_000);

  const detail = async (reviewId: string, who = people.admin) => (await who.get(`/reviews/${reviewId}`)).body;
  const typesOf = async (reviewId: string): Promise<string[]> =>
    (await people.admin.get(`/reviews/${reviewId}/events`)).body.data.map(({ type }: { type: string }) => type);
  const approve = (who: Client, reviewId: string, reviewedRevision = 1) =>
    who.must(`/reviews/${reviewId}/decide`, { verdict: 'approve', reviewedRevision });

  it('start, decide, request changes, resubmit, escalate, approved: status, chain and audit trail tell it', async () => {
    const { admin, officer, officer2, manager, manager2 } = people;
    const workflow = await publishedWorkflow(admin, [
      { ...roleStep('initial', 'officer', 1), slaHours: 8 },
      { ...roleStep('final', 'manager', 2), escalation: { afterHours: 48, toType: 'ROLE', toId: 'admin' } },
    ]);
    const subject = {
      type: 'loan',
      id: `loan-${randomUUID()}`,
      title: 'House of Ann',
      content: { amountMinor: '4500000', currency: 'USD', text: 'line one\nline two' },
    };
    const started = await officer.must(`/workflows/${workflow}/start`, { subject, note: 'please' });
    const { reviewId } = started.body;
    expect(started.status).toBe(201);
    expect(started.headers.get('location')).toBe(`/api/v1/reviews/${reviewId}`);
    expect(started.headers.get('etag')).toBe(`"${started.body.revision}"`);
    expect(started.body.events.map(({ type }: { type: string }) => type)).toEqual(['ReviewStarted', 'StepStarted']);
    expect(started.body.state).toMatchObject({ status: 'in_review', step: 'initial' });

    const own = await officer.post(`/reviews/${reviewId}/decide`, { verdict: 'approve', reviewedRevision: 1 });
    expect([own.status, own.body.code]).toEqual([403, 'four-eyes']);

    const asked = await officer2.must(`/reviews/${reviewId}/request-changes`, {
      reviewedRevision: 1,
      items: [{ text: 'Proof of income is missing', path: '/text' }],
    });
    expect(asked.body.state.status).toBe('changes_requested');
    const content = { ...subject.content, text: 'line one\nline 2\nline three' };
    const resubmitted = await officer.must(`/reviews/${reviewId}/resubmit`, { content, note: 'attached' });
    expect(resubmitted.body.state.status).toBe('in_review');
    expect(await detail(reviewId)).toMatchObject({ status: 'in_review', round: 2, subject: { revision: 2, content } });

    const diff = await officer.get(`/reviews/${reviewId}/diff?from=1&to=2`);
    expect(diff.body).toMatchObject({ from: 1, to: 2, fields: [{ path: '/text', before: subject.content.text }] });

    const stale = await officer2.post(`/reviews/${reviewId}/decide`, { verdict: 'approve', reviewedRevision: 1 });
    expect([stale.status, stale.body.code, stale.body.currentRevision]).toEqual([409, 'stale-review', 2]);
    const first = await approve(officer2, reviewId, 2);
    expect(first.body.state).toMatchObject({ status: 'in_review', step: 'final' });

    await approve(manager, reviewId, 2);
    const escalated = await officer.must(`/reviews/${reviewId}/escalate`, { reason: 'The client waits' });
    expect(escalated.body.events.map(({ type }: { type: string }) => type)).toEqual(['RungFired', 'AssignmentAdded']);
    const last = await approve(manager2, reviewId, 2);
    expect(last.body.state.status).toBe('approved');
    expect(last.body.events.map(({ type }: { type: string }) => type)).toEqual([
      'DecisionRecorded',
      'StepCompleted',
      'ReviewApproved',
    ]);

    const token = { headers: { 'consistency-token': last.headers.get('consistency-token')! } };
    const listed = await admin.get(`/reviews?workflow=${workflow}`, token);
    expect(listed.body.data).toMatchObject([{ id: reviewId, status: 'approved', subject: { title: 'House of Ann' } }]);
    const { body: chain } = await admin.get(`/reviews/${reviewId}/chain`);
    expect(chain.steps.at(-1)).toMatchObject({ key: 'final', status: 'satisfied' });
    const { body: trail } = await admin.get(`/audit/trail?stream=review-${reviewId}`, token);
    const events = await typesOf(reviewId);
    expect(trail.data.map(({ type }: { type: string }) => type).toSorted()).toEqual(events.toSorted());
    expect(trail.data.every(({ summary }: { summary: string }) => summary.length > 0)).toBe(true);
  });

  it('an overdue step escalates by its timer, once', async () => {
    const { admin, officer } = people;
    const escalation = { afterHours: 0, toType: 'ROLE', toId: 'admin' };
    const workflow = await publishedWorkflow(admin, [{ ...roleStep('only', 'manager', 1), escalation, slaHours: 0 }]);
    const reviewId = await startedReview(officer, workflow);
    await admin.must('/reviews/escalate', {}, { key: null });
    await until('the rung', 20_000, async () => (await typesOf(reviewId)).includes('RungFired'));
    await admin.must('/reviews/escalate', {}, { key: null });
    const types = await typesOf(reviewId);
    expect(types.filter((type) => ['RungFired', 'AssignmentAdded', 'SlaBreached'].includes(type)).toSorted()).toEqual([
      'AssignmentAdded',
      'RungFired',
      'SlaBreached',
    ]);
    await approve(admin, reviewId);
    expect((await detail(reviewId)).status).toBe('approved');
  });

  it('inbox: the seat is shown by role to those who may decide, never to the submitter, and goes when it is filled', async () => {
    const { admin, officer, officer2 } = people;
    const workflow = await publishedWorkflow(admin, [roleStep('only', 'officer', 1)]);
    const reviewId = await startedReview(officer, workflow);
    const { headers } = await officer.must(`/reviews/${reviewId}/comments`, { text: 'hello' });
    const token = { headers: { 'consistency-token': headers.get('consistency-token')! } };
    const mine = async (who: Client) =>
      (await who.get('/inbox?limit=100', token)).body.data.filter(
        (row: { reviewId: string }) => row.reviewId === reviewId,
      );
    expect(await mine(officer)).toEqual([]);
    expect(await mine(officer2)).toMatchObject([{ reviewId, step: 'only', via: 'role' }]);
    const decided = await approve(officer2, reviewId);
    token.headers['consistency-token'] = decided.headers.get('consistency-token')!;
    expect(await mine(officer2)).toEqual([]);
  });

  it('another workspace sees nothing, on any route of a review', async () => {
    const { admin, officer, stranger } = people;
    const workflow = await publishedWorkflow(admin, [roleStep('only', 'manager', 1)]);
    const reviewId = await startedReview(officer, workflow);
    for (const path of ['', '/chain', '/events', '/explanation', '/eligibility', '/actions', '/diff?from=1&to=1'])
      expect([path, (await stranger.get(`/reviews/${reviewId}${path}`)).status]).toEqual([path, 404]);
    const decided = await stranger.post(`/reviews/${reviewId}/decide`, { verdict: 'approve', reviewedRevision: 1 });
    expect([decided.status, decided.body.code]).toEqual([404, 'not-found']);
    expect((await stranger.get(`/workflows/${workflow}`)).status).toBe(404);
    expect((await stranger.get('/reviews?limit=100')).body.data).toEqual([]);
  });

  it('keeps everything over a stop and a start', async () => {
    const { admin, officer, manager } = people;
    const workflow = await publishedWorkflow(admin, [roleStep('only', 'manager', 1)]);
    const reviewId = await startedReview(officer, workflow);
    await approve(manager, reviewId);
    const before = await detail(reviewId);
    expect(await installation.stop()).toBe(0);
    await installation.start();
    await signIn();
    expect(await detail(reviewId)).toEqual(before);
    expect((await people.admin.get(`/reviews?workflow=${workflow}`)).body.data).toHaveLength(1);
  });
});
