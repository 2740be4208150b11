import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { CommandBus } from '@nestjs/cqrs';
import { Webhook } from 'standardwebhooks';
import { DeactivateUserCommand } from '#libs/identity/application/commands/change-user.handlers';
import { receiver, type Received, type Receiver } from '#libs/testing/receivers';
import { installation, publishedWorkflow, roleStep, type ApiInstallation } from './api.examples.js';

const until = async (what: string, condition: () => boolean | Promise<boolean>, ms = 20_000) => {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`did not come true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const provenance = {
  model: 'writer-4',
  promptHash: 'a'.repeat(64),
  sources: [{ ref: 'Statement of Ann Archer', sha256: 'b'.repeat(64) }],
};

/** An assistant over real HTTP in both directions. */
describe('drafts of assistants', () => {
  let api: ApiInstallation;
  let workflow: string;
  const services: Receiver[] = [];
  beforeAll(async () => {
    api = await installation({ OUTBOUND_ALLOW_LOOPBACK: '1', OUTBOUND_TIMEOUT_SECONDS: '2' });
    await api.register('robot', 'assistant', 'demo');
    await api.register('robot2', 'assistant', 'demo');
    workflow = await publishedWorkflow(api, [roleStep('check', 'officer'), roleStep('sign', 'manager')]);
  });
  afterAll(async () => {
    await api.stop();
    await Promise.all(services.map((service) => service.close()));
  });

  const service = async () => {
    const made = await receiver();
    services.push(made);
    return made;
  };
  const draft = (more: object = {}) => ({
    workflow,
    subject: {
      type: 'letter',
      id: `letter-${randomUUID()}`,
      content: { text: 'Dear Ann,\nwe regret.\n', tone: 'cold' },
    },
    provenance,
    ...more,
  });
  const handIn = async (more: object = {}, as = 'robot') => {
    const answer = await api.post('/drafts', as, draft(more));
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return { id: answer.body.draftId as string, reviewId: answer.body.reviewId as string, answer };
  };
  const edit = async (id: string, as: string, content: object, etag?: string) => {
    const ifMatch = etag ?? (await api.get(`/drafts/${id}`, as)).headers.get('etag')!;
    return api.call('PATCH', `/drafts/${id}`, { as, body: { content }, headers: { 'if-match': ifMatch } });
  };
  const decide = (reviewId: string, as: string, reviewedRevision = 1, verdict = 'approve') =>
    api.post(`/reviews/${reviewId}/decide`, as, { verdict, reviewedRevision });
  const told = ({ received }: Receiver) => received.map(({ body }) => (JSON.parse(body) as { type: string }).type);
  const verify = ({ body, headers }: Received) =>
    new Webhook(secret).verify(body, headers as Record<string, string>) as { type: string; data: object };

  it('are reviewed like anything else, and their maker is told the outcome, signed', async () => {
    const assistants = await service();
    const { id, reviewId, answer } = await handIn({ callback: { url: `${assistants.url}/outcomes`, secret } });
    expect(answer.headers.get('location')).toBe(`/api/v1/drafts/${id}`);
    expect(answer.body.state).toMatchObject({ status: 'in_review', step: 'check' });
    await decide(reviewId, 'officer');
    await decide(reviewId, 'manager');
    await until('the outcome', () => assistants.received.length === 1);
    const [message] = assistants.received;
    expect(verify(message!)).toMatchObject({ type: 'draft.approved', data: { draftId: id, reviewId, edits: 0 } });
    expect(message!.body).not.toMatch(/Ann|regret/);
    const { body } = await api.get(`/drafts/${id}`, 'robot');
    expect(body).toMatchObject({ status: 'approved', callback: assistants.url, edits: [], provenance });
    const { body: history } = await api.get(`/reviews/${reviewId}/events`, 'robot');
    expect(history.data[0].actor).toMatchObject({ id: api.ids.get('robot'), kind: 'assistant' });
  });

  it('are handed in as the guide says', async () => {
    const guide = await readFile('docs/guides/drafts.md', 'utf8');
    const [, text = ''] = /^```json draft\n([\s\S]*?)^```/m.exec(guide) ?? [];
    const written = JSON.parse(text) as { workflow: string; callback: { url: string } };
    const { id } = await handIn({ ...written, workflow });
    const { body } = await api.get(`/drafts/${id}`, 'robot');
    expect(body).toMatchObject({ status: 'in_review', callback: new URL(written.callback.url).origin });
  });

  it('are edited by people, who then do not decide; what was handed in and what is sent stay comparable', async () => {
    const assistants = await service();
    const { id, reviewId } = await handIn({ callback: { url: assistants.url, secret } });
    const edited = { text: 'Dear Ann,\nwe are sorry.\n', tone: 'warm' };
    expect((await edit(id, 'officer', edited)).status).toBe(201);
    expect((await decide(reviewId, 'officer', 2)).body.code).toBe('four-eyes');
    expect((await decide(reviewId, 'officer2', 1)).body.code).toBe('stale-review');
    expect((await decide(reviewId, 'officer2', 2)).status).toBe(201);
    expect((await decide(reviewId, 'manager', 2)).status).toBe(201);
    await until('edit and outcome', () => assistants.received.length === 2);
    expect(told(assistants).toSorted()).toEqual(['draft.approved', 'draft.edited']);
    const outcome = assistants.received.map(verify).find(({ type }) => type === 'draft.approved');
    expect(outcome!.data).toMatchObject({ edits: 1 });
    const { body } = await api.get(`/drafts/${id}`, 'robot');
    expect(body).toMatchObject({
      status: 'approved',
      subject: { revision: 2, content: edited },
      edits: [{ revision: 2, editorId: api.ids.get('officer') }],
    });
    expect(body.diff.fields).toContainEqual({ path: '/tone', op: 'replace', before: 'cold', after: 'warm' });
    expect(body.diff.text[0].lines).toEqual([
      { op: 'same', text: 'Dear Ann,' },
      { op: 'remove', text: 'we regret.' },
      { op: 'add', text: 'we are sorry.' },
    ]);
  });

  it('are not decided on by the person whose wish they were, nor by whoever acts for that person', async () => {
    const id = (name: string) => api.ids.get(name)!;
    const made = await handIn({ requestedBy: id('officer') });
    const { reviewId } = made;
    expect((await decide(reviewId, 'officer')).body).toMatchObject({ status: 403, code: 'four-eyes' });
    expect((await decide(reviewId, 'officer', 1, 'reject')).body.code).toBe('four-eyes');
    const from = new Date().toISOString();
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const grant = { delegate: id('viewer'), from, until };
    expect((await api.post('/delegations', 'officer', grant)).status).toBe(201);
    const { body: who } = await api.get(`/reviews/${reviewId}/eligibility`, 'admin');
    const mayDecide = who.people.flatMap(({ userId, may }: { userId: string; may: boolean }) => (may ? [userId] : []));
    expect(mayDecide).toEqual([id('officer2')]);

    const { body: history } = await api.get(`/reviews/${reviewId}/events`, 'officer');
    expect(history.data[0]).toMatchObject({
      type: 'ReviewStarted',
      actor: { id: id('robot'), kind: 'assistant', onBehalfOf: id('officer') },
      data: { submittedBy: id('robot'), onBehalfOf: id('officer') },
    });
    for (const as of ['robot', 'officer'])
      expect((await api.get(`/drafts/${made.id}`, as)).body).toMatchObject({ requestedBy: id('officer') });
    const seen = { 'consistency-token': api.token() };
    const { body: box } = await api.get('/inbox?limit=100', 'officer', seen);
    expect(box.data.map((line: { reviewId: string }) => line.reviewId)).not.toContain(reviewId);
    const { body: trail } = await api.get(`/audit/trail?stream=draft-${made.id}`, 'auditor', seen);
    expect(trail.data[0]).toMatchObject({ type: 'DraftSubmitted', actorId: id('robot'), onBehalfOf: id('officer') });
    expect((await decide(reviewId, 'officer2')).status).toBe(201);
    expect((await decide(reviewId, 'manager')).body.state.status).toBe('approved');
  });

  it('are what the person who wished them may withdraw, and name nobody unless told', async () => {
    const { id, reviewId } = await handIn({ requestedBy: api.ids.get('officer')! });
    expect((await api.post(`/reviews/${reviewId}/withdraw`, 'officer2', {})).status).toBe(403);
    expect((await api.post(`/reviews/${reviewId}/withdraw`, 'officer', {})).status).toBe(201);
    expect((await api.get(`/drafts/${id}`, 'robot')).body.status).toBe('withdrawn');
    const unnamed = await handIn();
    expect((await api.get(`/drafts/${unnamed.id}`, 'robot')).body.requestedBy).toBeNull();
    expect((await decide(unnamed.reviewId, 'officer')).status).toBe(201);
  });

  it('are wished by active people of the workspace only', async () => {
    await api.register('leaver', 'officer', 'demo');
    const key = randomUUID();
    const body = draft({ requestedBy: api.ids.get('leaver')! });
    const first = await api.post('/drafts', 'robot', body, { key });
    expect(first.status).toBe(201);
    const commandId = randomUUID();
    const leaves = new DeactivateUserCommand(
      { userId: api.ids.get('leaver')! },
      {
        commandId,
        commandHash: '',
        workspaceId: 'demo',
        correlationId: commandId,
        causationId: commandId,
        now: api.core.clock.now().toISOString(),
        actor: { id: 'system', kind: 'system', roles: [] },
      },
    );
    await api.app.get(CommandBus).execute(leaves);
    const isGone = async () => {
      const dry = await api.post('/drafts?dryRun=true', 'robot', draft({ requestedBy: api.ids.get('leaver')! }));
      return dry.status === 422;
    };
    await until('the directory knows', isGone);
    // Who has left since does not make the original receipt another one.
    expect((await api.post('/drafts', 'robot', body, { key })).body).toEqual(first.body);
    const wrong = ['leaver', 'other-admin', 'robot', 'robot2'].map((name) => api.ids.get(name)!);
    for (const requestedBy of [...wrong, 'nobody'])
      for (const path of ['/drafts', '/drafts?dryRun=true']) {
        const refused = await api.post(path, 'robot', draft({ requestedBy }));
        expect([refused.status, refused.body.errors]).toEqual([
          422,
          [expect.objectContaining({ pointer: '/requestedBy', code: 'unknown' })],
        ]);
      }
  });

  it('are edited only by who has seen how they stand now', async () => {
    const { id, reviewId } = await handIn();
    const body = { content: { text: 'x' } };
    const blind = await api.call('PATCH', `/drafts/${id}`, { as: 'officer', body });
    expect(blind.body).toMatchObject({ status: 428, code: 'precondition-required' });
    const etag = (await api.get(`/drafts/${id}`, 'officer')).headers.get('etag')!;
    expect((await edit(id, 'officer', { text: 'first' }, etag)).status).toBe(201);
    expect((await edit(id, 'officer2', { text: 'second' }, etag)).body.code).toBe('revision-mismatch');
    expect((await api.get(`/reviews/${reviewId}`, 'manager')).body.subject.content).toEqual({ text: 'first' });
    await decide(reviewId, 'officer2', 2, 'reject');
    expect((await edit(id, 'officer', { text: 'too late' })).body.code).toBe('step-resolved');
  });

  it('may be mended by their maker when changes are asked for', async () => {
    const assistants = await service();
    const { id, reviewId } = await handIn({ callback: { url: assistants.url, secret } });
    const items = [{ text: 'Too cold', path: '/tone' }];
    await api.post(`/reviews/${reviewId}/request-changes`, 'officer', { reviewedRevision: 1, items });
    await until('the request', () => told(assistants).includes('draft.changes_requested'));
    expect((await edit(id, 'robot', { text: 'Dear Ann', tone: 'warm' })).status).toBe(201);
    expect((await decide(reviewId, 'officer', 2)).status).toBe(201);
    // Its own edit is no news to it.
    await decide(reviewId, 'manager', 2, 'reject');
    await until('the outcome', () => told(assistants).includes('draft.rejected'));
    expect(told(assistants).toSorted()).toEqual(['draft.changes_requested', 'draft.rejected']);
  });

  it('are the only thing an assistant can do', async () => {
    const { id, reviewId } = await handIn();
    expect((await decide(reviewId, 'robot')).body).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await decide(reviewId, 'robot2')).status).toBe(403);
    const subject = { type: 'loan', id: 'l', content: {} };
    expect((await api.post(`/workflows/${workflow}/start`, 'robot', { subject })).status).toBe(403);
    expect((await api.get('/webhooks', 'robot')).status).toBe(403);
    // Another assistant's draft is not there, and people hand in nothing this way.
    expect((await api.get(`/drafts/${id}`, 'robot2')).status).toBe(404);
    expect((await edit(id, 'robot2', { text: 'mine' }, '"1"')).status).toBe(404);
    expect((await api.post('/drafts', 'officer', draft())).status).toBe(403);
    expect((await api.get(`/drafts/${id}`, 'other-admin')).status).toBe(404);
    expect((await edit(id, 'viewer', { text: 'x' }, '"1"')).status).toBe(403);
  });

  it('are handed in once, however often the request is sent', async () => {
    const key = randomUUID();
    const body = draft({ callback: { url: 'https://assistants.example.com/', secret } });
    const [first, again] = [
      await api.post('/drafts', 'robot', body, { key }),
      await api.post('/drafts', 'robot', body, { key }),
    ];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    const other = await api.post('/drafts', 'robot', { ...body, note: 'another' }, { key });
    expect(other.body.code).toBe('idempotency-key-reused');
    const twice = await api.post('/drafts', 'robot', { ...body, subject: body.subject });
    expect(twice.body.code).toBe('already-exists');
    expect((await api.post('/drafts', 'robot', body, { key: null })).body.code).toBe('idempotency-key-missing');
    const { rows } = await api.core.database.pool.query('SELECT * FROM notifications.sealed');
    expect(JSON.stringify(rows)).not.toContain(secret.slice(6));
    const events = await api.get(`/audit/streams/draft-${first.body.draftId}/events`, 'auditor', {
      'consistency-token': api.token(),
    });
    expect(JSON.stringify(events.body)).not.toContain(secret.slice(6));
    expect(events.body.data[0].type).toBe('DraftSubmitted');
  });

  it('are listed with how they stand, newest first, to whoever may see their reviews', async () => {
    const id = (name: string) => api.ids.get(name)!;
    await api.register('robot3', 'assistant', 'demo', 'NORTH');
    await api.register('north-viewer', 'viewer', 'demo', 'NORTH');
    const made = [];
    for (let i = 0; i < 3; i++) made.push(await handIn({}, 'robot3'));
    const [first, second, third] = made as [(typeof made)[0], (typeof made)[0], (typeof made)[0]];
    expect((await edit(second.id, 'officer', { text: 'Dear Ann, gladly.' })).status).toBe(201);
    await decide(first.reviewId, 'officer', 1, 'reject');

    const list = async (as: string, query = '') => {
      const path = `/drafts?assistant=${id('robot3')}${query}`;
      const { status, body, headers } = await api.get(path, as, { 'consistency-token': api.token() });
      expect([status, headers.has('projection-position')]).toEqual([200, true]);
      return body;
    };
    const ids = async (as: string, query?: string) =>
      (await list(as, query)).data.map((line: { id: string }) => line.id) as string[];
    expect((await list('admin')).data[1]).toEqual({
      id: second.id,
      reviewId: second.reviewId,
      assistantId: id('robot3'),
      model: 'writer-4',
      workflowKey: expect.any(String),
      status: 'in_review',
      currentStep: 'check',
      round: 2,
      subject: { type: 'letter', id: expect.any(String), title: null },
      submittedAt: expect.any(String),
      dueAt: null,
    });
    const all = [third.id, second.id, first.id];
    for (const as of ['admin', 'auditor', 'viewer', 'robot3', 'north-viewer'])
      expect([as, await ids(as)]).toEqual([as, all]);
    for (const as of ['robot', 'other-admin']) expect([as, await ids(as)]).toEqual([as, []]);
    expect(await ids('admin', '&status=rejected,approved')).toEqual([first.id]);
    expect(await ids('admin', `&workflow=${workflow}&status=in_review`)).toEqual([third.id, second.id]);
    expect(await ids('admin', '&workflow=no-such')).toEqual([]);

    const page = await list('robot3', '&limit=2');
    expect(page).toMatchObject({ data: [{ id: third.id }, { id: second.id }], page: { hasMore: true } });
    expect(await ids('robot3', `&limit=2&cursor=${page.page.next}`)).toEqual([first.id]);
    for (const [query, code] of [
      ['status=open', 'invalid-parameter'],
      ['cursor=zzz', 'invalid-cursor'],
      ['assistants=x', 'unknown-parameter'],
    ])
      expect(await api.get(`/drafts?${query}`, 'admin')).toMatchObject({ status: 400, body: { code } });
  });

  it('leave nothing behind when they are refused, or only tried', async () => {
    const key = randomUUID();
    const unknown = await api.post('/drafts', 'robot', draft({ workflow: 'no-such' }), { key });
    expect(unknown.status).toBe(404);
    const dry = await api.post('/drafts?dryRun=true', 'robot', draft());
    expect(dry.body.events[0].type).toBe('ReviewStarted');
    expect((await api.get(`/drafts/${dry.body.draftId}`, 'robot')).status).toBe(404);
    expect((await api.post('/drafts', 'robot', draft(), { key })).status).toBe(201);
  });

  it.each([
    ['/callback/url', { callback: { url: 'http://169.254.169.254/', secret } }],
    ['/callback/url', { callback: { url: 'file:///etc/passwd', secret } }],
    ['/callback/secret', { callback: { url: 'https://assistants.example.com/', secret: 'short' } }],
    ['/provenance/model', { provenance: {} }],
    ['/provenance', { provenance: undefined }],
    ['/requestedBy', { requestedBy: 'not an id' }],
    ['/provenance/promptHash', { provenance: { model: 'm', promptHash: 'the prompt itself' } }],
    ['/provenance/sources/0/ref', { provenance: { model: 'm', sources: [{}] } }],
  ])('cannot be wrong at %s: %j', async (pointer, wrong) => {
    const { status, body } = await api.post('/drafts', 'robot', draft(wrong));
    expect([status, body.errors?.[0]?.pointer]).toEqual([422, pointer]);
  });

  describe('when the assistants service', () => {
    const hostile: readonly [string, (target: Receiver) => void][] = [
      ['never answers', (target) => target.answers(() => undefined)],
      ['is down', (target) => void target.close()],
      ['answers 500', (target) => target.answers((_, response) => void response.writeHead(500).end())],
      [
        'sends us elsewhere',
        (target) =>
          target.answers((_, response) => void response.writeHead(307, { location: 'http://169.254.169.254/' }).end()),
      ],
      [
        'answers without end',
        (target) =>
          target.answers((_, response) => {
            response.writeHead(500);
            const more = () => {
              while (response.write(Buffer.alloc(64 * 1024)));
            };
            response.on('drain', more).on('error', () => undefined);
            more();
          }),
      ],
      ['talks nonsense', (target) => target.answers((_, response) => void response.socket!.end('220 smtp ready\r\n'))],
    ];

    it.each(hostile)('%s, reviews go on all the same', async (_, behave) => {
      const [bad, good] = [await receiver(), await service()];
      behave(bad);
      const [hurt, healthy] = [
        await handIn({ callback: { url: bad.url, secret } }),
        await handIn({ callback: { url: good.url, secret } }),
      ];
      for (const { reviewId } of [hurt, healthy])
        for (const person of ['officer', 'manager']) expect((await decide(reviewId, person)).status).toBe(201);
      expect((await api.get(`/drafts/${hurt.id}`, 'robot')).body.status).toBe('approved');
      await until('the other one is told', () => told(good).includes('draft.approved'));
      const failed = async () =>
        (
          await api.core.database.pool.query(
            `SELECT 1 FROM notifications.deliveries WHERE target = $1 AND state = 'waiting' AND last_error IS NOT NULL`,
            [hurt.id],
          )
        ).rowCount;
      await until('noted as failed, to be tried again', async () => (await failed()) === 1);
      await bad.close().catch(() => undefined);
    });
  });
});
