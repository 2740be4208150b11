import { randomUUID } from 'node:crypto';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

describe('bulk decisions', () => {
  let api: ApiInstallation;
  let workflow: string;
  beforeAll(async () => {
    api = await installation();
    workflow = await publishedWorkflow(api, [roleStep('credit', 'manager')]);
  });
  afterAll(() => api.stop());

  const bulk = (items: readonly object[], key: string | null = randomUUID(), query = '') =>
    api.post(`/reviews/bulk-decide${query}`, 'manager', { items }, { key });
  const approve = (reviewId: string, more: object = {}) => ({
    reviewId,
    verdict: 'approve',
    reviewedRevision: 1,
    ...more,
  });

  it('bulk of 200 with 3 stale: 197 applied, 3 refused, 207, no rollback; the same key replays', async () => {
    const ids = await Promise.all(Array.from({ length: 200 }, () => startedReview(api, workflow)));
    const stale = ids.slice(50, 53);
    for (const id of stale)
      expect((await api.post(`/reviews/${id}/resubmit`, 'officer', { content: { amount: '2' } })).status).toBe(201);

    const key = randomUUID();
    const first = await bulk(
      ids.map((id) => approve(id)),
      key,
    );
    expect(first.status).toBe(207);
    const { results } = first.body;
    expect(results.map((each: { reviewId: string }) => each.reviewId)).toEqual(ids);
    const refused = results.filter((each: { status: number }) => each.status !== 201);
    expect(refused.map((each: { reviewId: string }) => each.reviewId)).toEqual(stale);
    for (const { status, problem } of refused)
      expect([status, problem.code, problem.currentRevision]).toEqual([409, 'stale-review', 2]);
    expect(results[0].receipt.state.status).toBe('approved');
    expect((await api.get(`/reviews/${stale[0]}`, 'manager')).body.status).toBe('in_review');

    const again = await bulk(
      ids.map((id) => approve(id)),
      key,
    );
    const receipts = (answer: typeof first) =>
      answer.body.results.map((each: { status: number; receipt?: object }) => [each.status, each.receipt]);
    expect(receipts(again)).toEqual(receipts(first));

    // The token of the answer covers every decision in it.
    const token = first.headers.get('consistency-token')!;
    const list = await api.get(`/reviews?workflow=${workflow}&status=in_review&limit=100`, 'manager', {
      'consistency-token': token,
    });
    expect(list.body.data.map((each: { id: string }) => each.id).toSorted()).toEqual(stale.toSorted());
  });

  it('of one key are those of the body that came first: with other items none of them is decided', async () => {
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => startedReview(api, workflow)));
    const key = randomUUID();
    const first = await bulk([approve(a!)], key);
    for (const items of [[approve(a!), approve(b!)], [approve(b!)], [approve(a!, { verdict: 'reject' })]]) {
      const { status, body } = await bulk(items, key);
      expect([status, body.code]).toEqual([422, 'idempotency-key-reused']);
    }
    expect((await api.get(`/reviews/${b}`, 'manager')).body.status).toBe('in_review');
    const again = await bulk([approve(a!)], key);
    expect([again.body, again.headers.get('idempotent-replayed')]).toEqual([first.body, 'true']);
    // A rehearsal leaves the key to the real request.
    const tried = randomUUID();
    await bulk([approve(b!), approve(c!)], tried, '?dryRun=true');
    expect((await bulk([approve(c!)], tried)).body.results[0].status).toBe(201);
  });

  it('goes on where it was when the same request comes again: what was decided is replayed, the rest is decided', async () => {
    const [done, left] = await Promise.all([1, 2].map(() => startedReview(api, workflow)));
    await api.post(`/reviews/${left}/hold`, 'manager2', { reason: 'A call is awaited' });
    const key = randomUUID();
    const items = [approve(done!), approve(left!)];
    const first = await bulk(items, key);
    const statuses = (answer: typeof first) => answer.body.results.map((each: { status: number }) => each.status);
    expect(statuses(first)).toEqual([201, 409]);
    await api.post(`/reviews/${left}/resume`, 'manager2', {});
    const second = await bulk(items, key);
    expect([statuses(second), second.body.results[0]]).toEqual([[201, 201], first.body.results[0]]);
  });

  it('answers each item as it would be answered alone', async () => {
    const [mine, closed] = [await startedReview(api, workflow), await startedReview(api, workflow)];
    await api.post(`/reviews/${closed}/withdraw`, 'officer', { reason: 'Not needed any more' });
    const own = await startedReview(api, workflow, { amount: '1' }, 'manager');
    const missing = randomUUID();
    const { body } = await bulk([approve(mine), approve(closed), approve(own), approve(missing), approve(mine)]);
    expect(
      body.results.map((each: { status: number; problem?: { code: string } }) => [each.status, each.problem?.code]),
    ).toEqual([
      [201, undefined],
      [409, 'step-resolved'],
      [403, 'four-eyes'],
      [404, 'not-found'],
      [200, undefined], // the same again: nothing to do
    ]);
  });

  it('records nothing when it is only tried', async () => {
    const review = await startedReview(api, workflow);
    const { status, body } = await bulk([approve(review)], randomUUID(), '?dryRun=true');
    expect([status, body.results[0].status]).toEqual([207, 200]);
    expect(body.results[0].receipt.events.map((each: { type: string }) => each.type)).toContain('DecisionRecorded');
    expect((await api.get(`/reviews/${review}`, 'manager')).body.status).toBe('in_review');
  });

  it('wants a key, and between one and 200 items', async () => {
    const item = approve(randomUUID());
    expect((await bulk([item], null)).body.code).toBe('idempotency-key-missing');
    expect((await bulk([])).body.code).toBe('validation-failed');
    expect((await bulk(Array.from({ length: 201 }, () => item))).body.code).toBe('validation-failed');
    expect((await bulk([{ ...item, verdict: 'perhaps' }])).body.errors[0].pointer).toBe('/items/0/verdict');
    expect((await api.post('/reviews/bulk-decide', 'viewer', { items: [item] })).status).toBe(403);
  });
});
