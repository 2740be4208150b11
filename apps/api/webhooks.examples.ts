import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Webhook } from 'standardwebhooks';
import { receiver, type Received, type Receiver } from '#libs/testing/receivers';
import {
  installation,
  publishedWorkflow,
  roleStep,
  startedReview,
  type Answer,
  type ApiInstallation,
} from './api.examples.js';

const until = async (what: string, condition: () => boolean | Promise<boolean>, ms = 20_000) => {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const types = (received: readonly Received[]): string[] => received.map(({ body }) => JSON.parse(body).type as string);
const idOf = ({ headers }: Received) => headers['webhook-id'] as string;

/** Real receivers over real HTTP; nothing here is told what to answer but they. */
describe('webhooks', () => {
  let api: ApiInstallation;
  let workflow: string;
  const receivers: Receiver[] = [];
  beforeAll(async () => {
    api = await installation({ OUTBOUND_ALLOW_LOOPBACK: '1', OUTBOUND_TIMEOUT_SECONDS: '2' });
    workflow = await publishedWorkflow(api, [roleStep('check', 'officer')]);
  });
  afterAll(async () => {
    await api.stop();
    await Promise.all(receivers.map((each) => each.close()));
  });

  const listener = async () => {
    const made = await receiver();
    receivers.push(made);
    return made;
  };
  const register = async (url: string, events: readonly string[] = ['*'], more: object = {}) => {
    const answer = await api.post('/webhooks', 'admin', { name: 'Core banking', url, events, ...more });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return { id: answer.body.webhookId as string, secret: answer.body.secret as string };
  };
  const verify = (secret: string, { body, headers }: Received) =>
    new Webhook(secret).verify(body, headers as Record<string, string>) as {
      type: string;
      data: Record<string, unknown>;
    };
  const decided = async (reviewId: string, as = 'officer2') =>
    api.post(`/reviews/${reviewId}/decide`, as, { verdict: 'approve', reviewedRevision: 1, comment: 'Fine by me' });
  type Delivery = Record<'id' | 'eventId' | 'state' | 'nextAttemptAt' | 'createdAt', string> & {
    lastStatus: number | null;
  };
  const deliveries = async (id: string, query = '') =>
    (await api.get(`/webhooks/${id}/deliveries${query}`, 'admin')).body.data as Delivery[];

  it('tells what happens, signed, in thin messages without a word of what people wrote', async () => {
    const target = await listener();
    const { id, secret } = await register(`${target.url}/hook?token=abc`);
    expect(secret).toMatch(/^whsec_/);
    const review = await startedReview(api, workflow, { amount: '1', borrower: 'Ann Archer' });
    await decided(review);
    await until('all five events', () => target.received.length >= 5);
    for (const message of target.received) {
      const { data } = verify(secret, message);
      expect(data).toMatchObject({ reviewId: review, stream: `review-${review}`, workspaceId: 'demo' });
      expect(message.url).toBe('/hook?token=abc');
      expect(message.body).not.toMatch(/Ann|Archer|Fine by me|A loan/);
    }
    expect(types(target.received).toSorted()).toEqual(
      ['DecisionRecorded', 'ReviewApproved', 'ReviewStarted', 'StepCompleted', 'StepStarted'].toSorted(),
    );
    expect(new Set(target.received.map(idOf)).size).toBe(5);
    await until('all written down', async () => (await deliveries(id, '?state=delivered')).length === 5);
    const [newest] = await deliveries(id);
    const { body } = await api.get(`/webhooks/${id}/deliveries/${newest!['id']}`, 'admin');
    expect(body).toMatchObject({ state: 'delivered', attempts: 1, lastStatus: 204, nextAttemptAt: null });
    expect(body.log).toMatchObject([{ attempt: 1, outcome: 'delivered', status: 204, error: null }]);
    expect(body.payload.data.eventId).toBe(newest!['eventId']);
  });

  it('tells only what was asked for, and only of its workspace', async () => {
    const [mine, foreign] = [await listener(), await listener()];
    await register(mine.url, ['ReviewApproved', 'ReviewApproved', 'ReviewRejected']);
    await api.post('/webhooks', 'other-admin', { name: 'Spy', url: foreign.url, events: ['*'] });
    await decided(await startedReview(api, workflow));
    await until('the outcome', () => mine.received.length === 1);
    await decided(await startedReview(api, workflow));
    await until('the next outcome', () => mine.received.length === 2);
    expect(types(mine.received)).toEqual(['ReviewApproved', 'ReviewApproved']);
    expect(foreign.received).toEqual([]);
  });

  it('shows the secret once', async () => {
    const target = await listener();
    const body = { name: 'Once', url: target.url, events: ['*'] };
    const key = randomUUID();
    const first = await api.post('/webhooks', 'admin', body, { key });
    const again = await api.post('/webhooks', 'admin', body, { key });
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 201, 'true']);
    expect([again.body.webhookId, again.body.secret]).toEqual([first.body.webhookId, null]);
    const id = first.body.webhookId as string;
    const seen = [
      await api.get(`/webhooks/${id}`, 'admin'),
      await api.get('/webhooks', 'admin', { 'consistency-token': api.token() }),
      await api.get(`/audit/streams/webhook-${id}/events`, 'auditor', { 'consistency-token': api.token() }),
      await api.get(`/audit/trail?stream=webhook-${id}`, 'auditor', { 'consistency-token': api.token() }),
    ];
    for (const { status, body: shown } of seen) {
      expect(status).toBe(200);
      expect(JSON.stringify(shown)).toContain(id);
      expect(JSON.stringify(shown)).not.toContain((first.body.secret as string).slice(6));
    }
    const { rows } = await api.core.database.pool.query('SELECT * FROM notifications.sealed');
    expect(JSON.stringify(rows)).not.toContain((first.body.secret as string).slice(6));
    // and the message that this first answer made possible
    await startedReview(api, workflow);
    await until('a message', () => target.received.length > 0);
    verify(first.body.secret as string, target.received[0]!);
  });

  it('signs with the old secret and the new for a day', async () => {
    const target = await listener();
    const { id, secret } = await register(target.url, ['ReviewStarted']);
    const rotated = await api.post(`/webhooks/${id}/rotate-secret`, 'admin');
    expect(rotated.status).toBe(201);
    await startedReview(api, workflow);
    await until('a message', () => target.received.length > 0);
    const [message] = target.received;
    verify(secret, message!);
    verify(rotated.body.secret as string, message!);
    expect(() => verify(`whsec_${Buffer.alloc(32).toString('base64')}`, message!)).toThrow();
    expect((await api.get(`/webhooks/${id}`, 'admin')).body.previousSecretUntil).toMatch(/^\d{4}-/);
  });

  it('tries again what failed, under the same id, and gives up what is gone for good', async () => {
    const target = await listener();
    target.answers((_, response) => response.writeHead(503).end('not now'));
    const { id } = await register(target.url, ['ReviewStarted']);
    await startedReview(api, workflow);
    await until('a failure', async () => (await deliveries(id))[0]?.['lastStatus'] === 503);
    const [failed] = await deliveries(id);
    expect(failed).toMatchObject({ state: 'waiting', lastError: 'status', attempts: 1 });
    expect(Date.parse(failed!['nextAttemptAt'] as string)).toBeGreaterThan(Date.parse(failed!['createdAt'] as string));
    const retry = () => api.post(`/webhooks/${id}/deliveries/${failed!['id']}/retry`, 'admin');
    target.answers((_, response) => response.writeHead(410).end());
    expect((await retry()).status).toBe(200);
    await until('given up', async () => (await deliveries(id, '?state=dead')).length === 1);
    expect(await deliveries(id, '?state=waiting,delivered')).toEqual([]);
    target.answers((_, response) => response.writeHead(200).end());
    await retry();
    await until('delivered', async () => (await deliveries(id, '?state=delivered')).length === 1);
    expect(new Set(target.received.map(idOf))).toEqual(new Set([failed!['id']]));
    expect(new Set(target.received.map(({ body }) => body)).size).toBe(1);
    const { body } = await api.get(`/webhooks/${id}/deliveries/${failed!['id']}`, 'admin');
    expect(body.log.map((attempt: { status: number }) => attempt.status)).toEqual([200, 410, 503]);
  });

  it('sends nothing while inactive, and everything again from a position when asked', async () => {
    const target = await listener();
    const { id } = await register(target.url, ['ReviewStarted', 'ReviewApproved']);
    const before = await startedReview(api, workflow);
    await until('told', () => target.received.length === 1);
    await api.post(`/webhooks/${id}/deactivate`, 'admin', { reason: 'Being moved' });
    expect((await api.get(`/webhooks/${id}`, 'admin')).body.status).toBe('inactive');
    expect((await api.post(`/webhooks/${id}/replay`, 'admin', { after: 'start' })).body.code).toBe('invalid-state');
    const missed = await startedReview(api, workflow);
    await decided(before);
    const reached = (await api.post(`/webhooks/${id}/activate`, 'admin')).body.position as string;
    const later = await startedReview(api, workflow);
    await until('told again', () => target.received.length === 2);
    const reviews = () => target.received.map(({ body }) => JSON.parse(body).data.reviewId as string);
    expect(reviews()).toEqual([before, later]);

    const from = JSON.parse(target.received[0]!.body).data.position as string;
    expect((await api.post(`/webhooks/${id}/replay`, 'admin', { after: from })).status).toBe(201);
    await until('what was missed', () => target.received.length === 5);
    expect(reviews().slice(2).toSorted()).toEqual([missed, before, later].toSorted());
    const again = target.received.filter(({ body }) => JSON.parse(body).data.reviewId === later);
    expect(again.map(idOf)).toEqual([idOf(again[0]!), idOf(again[0]!)]);

    await api.post(`/webhooks/${id}/replay`, 'admin', { after: reached });
    await until('the last one', () => target.received.length === 6);
    const wrong = async (body: object) => {
      const { status, body: problem } = await api.post(`/webhooks/${id}/replay`, 'admin', body);
      return [status, problem.errors?.[0].pointer, problem.errors?.[0].code];
    };
    expect(await wrong({ after: 'yesterday' })).toEqual([422, '/after', 'bad-format']);
    expect(await wrong({ after: '99999999999' })).toEqual([422, '/after', 'out-of-range']);
    expect(await wrong({})).toEqual([422, '/after', 'required']);
    expect((await api.post(`/webhooks/${id}/replay`, 'admin', { after: 'start' })).status).toBe(201);
    await until('everything', () => target.received.length > 9);
  });

  it('may ask for what GET /enums and the guide list', async () => {
    const { body: asked } = await api.get('/enums/webhook-event', 'admin');
    const types = asked.values.map(({ value }: { value: string }) => value) as string[];
    const guide = await readFile('docs/guides/webhooks.md', 'utf8');
    expect(types.filter((type) => type !== '*' && !guide.includes(`\`${type}\``))).toEqual([]);
    expect(asked.values[0]).toMatchObject({ value: 'ReviewStarted', label: 'Review started' });
    const { body } = await api.post('/webhooks', 'admin', { name: 'N', url: 'https://example.com/', events: ['Nope'] });
    expect(body.errors[0].detail).toContain('/enums/webhook-event');
  });

  it('is changed only by who has seen it', async () => {
    const [first, second] = [await listener(), await listener()];
    const { id } = await register(first.url, ['ReviewStarted']);
    const patch = (headers: Record<string, string>, body: object = { url: second.url, events: ['ReviewApproved'] }) =>
      api.call('PATCH', `/webhooks/${id}`, { as: 'admin', body, headers });
    expect((await patch({})).body).toMatchObject({ status: 428, code: 'precondition-required' });
    expect((await patch({ 'if-match': '"7"' })).body).toMatchObject({ code: 'revision-mismatch', currentRevision: 0 });
    const { headers } = await api.get(`/webhooks/${id}`, 'admin');
    expect((await patch({ 'if-match': headers.get('etag')! })).status).toBe(201);
    await decided(await startedReview(api, workflow));
    await until('told where it is now', () => second.received.length === 1);
    expect([types(second.received), first.received]).toEqual([['ReviewApproved'], []]);
    const rejected = await patch({ 'if-match': '"1"' }, { url: 'http://10.0.0.1/' });
    expect(rejected.body).toMatchObject({ status: 422, errors: [{ pointer: '/url', code: 'refused-address' }] });
  });

  it.each([
    ['/url', { url: 'http://169.254.169.254/latest/meta-data/' }],
    ['/url', { url: 'https://user:pass@example.com/' }],
    ['/url', { url: 'ftp://example.com/' }],
    ['/url', { url: 'http://router.lan/' }],
    ['/url', { url: 'nonsense' }],
    ['/events/1', { events: ['*', 'ReviewAproved'] }],
    ['/events', { events: [] }],
    ['/events', { events: [7] }],
    ['/name', { name: ' ' }],
  ])('refuses what cannot be at %s: %j', async (pointer, wrong) => {
    const good = { name: 'Core', url: 'https://example.com/hook', events: ['*'] };
    const { status, body } = await api.post('/webhooks', 'admin', { ...good, ...wrong });
    expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'validation-failed', pointer]);
    // The address itself is never repeated: it may hold what must not be in a log.
    expect(JSON.stringify(body)).not.toMatch(/169\.254|user:pass/);
  });

  it('makes nothing in a dry run', async () => {
    const sealed = async () => (await api.core.database.pool.query('SELECT 1 FROM notifications.sealed')).rowCount;
    const before = await sealed();
    const body = { name: 'Core', url: 'https://example.com/hook', events: ['*'] };
    const { status, body: receipt } = await api.post('/webhooks?dryRun=true', 'admin', body);
    expect([status, receipt.events[0].type, receipt.secret]).toEqual([200, 'WebhookRegistered', null]);
    expect(await sealed()).toBe(before);
  });

  it('is one of fifty active ones of its workspace at most', async () => {
    const body = { name: 'Many', url: 'https://example.com/hook', events: ['ReviewCancelled'] };
    const asked = () => api.post('/webhooks', 'other-admin', body);
    const made: Answer[] = [];
    for (let next = await asked(); next.status === 201 && made.length < 60; next = await asked()) made.push(next);
    // One of the workspace was there before.
    expect(made).toHaveLength(49);
    const refused = await asked();
    expect([refused.status, refused.body]).toMatchObject([409, { code: 'invalid-state', active: 50, limit: 50 }]);
    const first = `/webhooks/${made[0]!.body.webhookId}`;
    expect((await api.post(`${first}/deactivate`, 'other-admin')).status).toBe(201);
    expect((await asked()).status).toBe(201);
    expect((await api.post(`${first}/activate`, 'other-admin')).body).toMatchObject({
      code: 'invalid-state',
      limit: 50,
    });
  });

  it('belongs to its workspace and its administrators', async () => {
    const { id } = await register((await listener()).url);
    expect((await api.get(`/webhooks/${id}`, 'other-admin')).status).toBe(404);
    expect((await api.get(`/webhooks/${id}/deliveries`, 'other-admin')).status).toBe(404);
    expect((await api.post(`/webhooks/${id}/replay`, 'other-admin', { after: 'start' })).status).toBe(404);
    expect((await api.get(`/webhooks/${id}`, 'auditor')).status).toBe(200);
    expect((await api.post(`/webhooks/${id}/deactivate`, 'auditor')).status).toBe(403);
    expect((await api.get('/webhooks', 'manager')).status).toBe(403);
    await api.post(`/webhooks/${id}/deactivate`, 'admin');
  });

  it('lists webhooks and messages by pages', async () => {
    const target = await listener();
    const { id } = await register(target.url, ['ReviewStarted', 'StepStarted']);
    await startedReview(api, workflow);
    await until('told', () => target.received.length === 2);
    const first = await api.get(`/webhooks/${id}/deliveries?limit=1`, 'admin');
    const next = first.body.page.next as string;
    const second = await api.get(`/webhooks/${id}/deliveries?limit=1&cursor=${next}`, 'admin');
    expect(new Set([first, second].map(({ body }) => body.data[0].eventType))).toEqual(
      new Set(['ReviewStarted', 'StepStarted']),
    );
    expect(second.body.page.hasMore).toBe(false);
    const token = { 'consistency-token': api.token() };
    const all: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await api.get(`/webhooks?limit=2${cursor && `&cursor=${cursor}`}`, 'admin', token);
      all.push(...body.data.map((line: { id: string }) => line.id));
      if (!body.page.hasMore) break;
      cursor = body.page.next as string;
    }
    expect(new Set(all).size).toBe(all.length);
    expect(all).toContain(id);
    expect((await api.get('/webhooks?cursor=abc', 'admin')).body.code).toBe('invalid-cursor');
    expect((await api.get(`/webhooks/${id}/deliveries?state=lost`, 'admin')).body.code).toBe('invalid-parameter');
  });

  it('lets a receiver that hangs keep nobody waiting but itself', async () => {
    const [hanging, quick] = [await listener(), await listener()];
    hanging.answers(() => undefined);
    await register(hanging.url);
    await register(quick.url, ['ReviewApproved']);
    const reviews = await Promise.all(Array.from({ length: 12 }, () => startedReview(api, workflow)));
    for (const review of reviews) expect((await decided(review)).status).toBe(201);
    await until('all outcomes', () => quick.received.length === 12);
    // Sixty messages for it, and never more than four at once.
    expect(hanging.received.length).toBeLessThan(60);
  });
});
