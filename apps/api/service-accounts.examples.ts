import { randomUUID } from 'node:crypto';
import { ClientSecrets } from '#libs/identity/application/client-secrets';
import { installation, publishedWorkflow, roleStep, type ApiInstallation } from './api.examples.js';

describe('service accounts and the token route', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
  });
  afterAll(() => api.stop());

  let made = 0;
  const make = async (grants: readonly (readonly [string, string])[] = [], more: object = {}) => {
    const body = {
      name: `portal-${++made}`,
      grants: grants.map(([permission, scope]) => ({ permission, scope })),
      ...more,
    };
    const answer = await api.post('/service-accounts', 'admin', body);
    expect(answer.status).toBe(201);
    return { id: answer.body.clientId as string, secret: answer.body.clientSecret as string, answer };
  };
  const form = (members: Record<string, string>) => new URLSearchParams(members).toString();
  const token = (members: Record<string, string> | string, headers: Record<string, string> = {}) =>
    api.call('POST', '/auth/token', {
      body: typeof members === 'string' ? members : form(members),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  const client = (id: string, secret: string) =>
    token({ grant_type: 'client_credentials', client_id: id, client_secret: secret });
  const signedIn = async ({ id, secret }: { id: string; secret: string }) => {
    const { status, body } = await client(id, secret);
    expect(status).toBe(200);
    return body.access_token as string;
  };
  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
  });

  describe('a service account', () => {
    it('may do what it was granted by name, and nothing else, and no longer than it is', async () => {
      const account = await make([['workflow:read', 'workspace']]);
      const as = await signedIn(account);
      expect((await api.get('/auth/me', as)).body).toEqual({
        user: { id: account.id, username: `portal-${made}`, roles: ['service'], workspaceId: 'demo' },
        permissions: [{ permission: 'workflow:read', scope: 'workspace' }],
      });
      expect((await api.get('/workflows', as)).status).toBe(200);
      expect((await api.get('/reviews', as)).body.code).toBe('forbidden');

      const grant = await api.post(`/service-accounts/${account.id}/grant`, 'admin', {
        permission: 'review:read',
        scope: 'workspace',
      });
      expect(grant).toMatchObject({ status: 201, body: { events: [{ type: 'PermissionGranted' }] } });
      expect((await api.get('/reviews', as)).status).toBe(200);
      await api.post(`/service-accounts/${account.id}/withdraw`, 'admin', { permission: 'review:read' });
      expect((await api.get('/reviews', as)).body.code).toBe('forbidden');
    });

    it('starts reviews in its own name, decides on none, and sees only its own when so granted', async () => {
      const workflow = await publishedWorkflow(api, [roleStep('one', 'manager')]);
      const as = await signedIn(
        await make([
          ['review:start', 'own'],
          ['review:read', 'own'],
        ]),
      );
      const subject = (id: string) => ({ subject: { type: 'loan', id, title: 'A loan', content: { a: 1 } } });
      const started = await api.post(`/workflows/${workflow}/start`, as, subject('by-a-program'));
      expect(started.status).toBe(201);
      const { body } = await api.post(`/workflows/${workflow}/start`, 'officer', subject('by-a-person'));
      expect((await api.get(`/reviews/${started.body.reviewId}`, as)).body.submittedBy).toBe(
        (await api.get('/auth/me', as)).body.user.id,
      );
      expect((await api.get(`/reviews/${body.reviewId}`, as)).body.code).toBe('not-found');
      const decide = await api.post(`/reviews/${body.reviewId}/decide`, as, {
        verdict: 'approve',
        reviewedRevision: 1,
      });
      expect(decide.body.code).toBe('forbidden');
      const { data } = (await api.get(`/reviews/${started.body.reviewId}/events`, 'admin')).body;
      expect(data[0].actor.kind).toBe('service');
    });

    it.each([
      ['review:decide', 'workspace'],
      ['user:manage', 'workspace'],
      ['service-account:manage', 'workspace'],
      ['review:override', 'own'],
      ['no:such', 'own'],
      ['__proto__', 'own'],
    ])('is not granted %s', async (permission, scope) => {
      const body = { name: `never-${made}`, grants: [{ permission, scope }] };
      expect((await api.post('/service-accounts', 'admin', body)).body.code).toBe('validation-failed');
      const { id } = await make();
      const granted = await api.post(`/service-accounts/${id}/grant`, 'admin', { permission, scope });
      expect(granted.body.code).toBe('validation-failed');
    });

    it('for an assistant may do what assistants may', async () => {
      const as = await signedIn(await make([], { role: 'assistant' }));
      const { body } = await api.get('/auth/me', as);
      expect(body.user.roles).toEqual(['assistant']);
      expect(body.permissions).toContainEqual({ permission: 'draft:submit', scope: 'own' });
      const more = { name: 'too-much', role: 'assistant', grants: [{ permission: 'review:read', scope: 'own' }] };
      expect((await api.post('/service-accounts', 'admin', more)).body.code).toBe('validation-failed');
    });

    it('has a secret that is told once and can be replaced, at once or with some overlap', async () => {
      const account = await make();
      const { rows } = await api.core.database.pool.query('SELECT * FROM identity.client_secrets');
      expect(JSON.stringify(rows)).not.toContain(account.secret);
      const rotate = async (body: object) =>
        (await api.post(`/service-accounts/${account.id}/rotate-secret`, 'admin', body)).body.clientSecret as string;
      const second = await rotate({ overlapMinutes: 60 });
      for (const secret of [account.secret, second]) expect((await client(account.id, secret)).status).toBe(200);
      const third = await rotate({});
      for (const secret of [account.secret, second]) expect((await client(account.id, secret)).status).toBe(401);
      expect((await client(account.id, third)).status).toBe(200);
    });

    /** Breaks off when what is asked next is recorded, and its secret is not made yet. */
    const breakOff = () => {
      const secrets = api.app.get(ClientSecrets, { strict: false });
      const { renew } = secrets;
      secrets.renew = () => {
        secrets.renew = renew;
        throw new Error('the database is gone');
      };
    };

    it('has no use for a secret that was replaced, though the replacement broke off', async () => {
      const account = await make();
      breakOff();
      const rotate = () => api.post(`/service-accounts/${account.id}/rotate-secret`, 'admin', {});
      expect((await rotate()).status).toBe(500);
      expect((await client(account.id, account.secret)).status).toBe(401);
      expect((await client(account.id, (await rotate()).body.clientSecret as string)).status).toBe(200);
    });

    it('has the secret of a try that broke off when the same is asked again, and then no other', async () => {
      const body = { name: `portal-${++made}` };
      const key = randomUUID();
      breakOff();
      expect((await api.post('/service-accounts', 'admin', body, { key })).status).toBe(500);
      const created = await api.post('/service-accounts', 'admin', body, { key });
      const id = created.body.clientId as string;
      expect((await client(id, created.body.clientSecret as string)).status).toBe(200);
      expect((await api.post('/service-accounts', 'admin', body, { key })).body.clientSecret).toBeNull();

      const overlap = { overlapMinutes: 60 };
      const rotate = () => api.post(`/service-accounts/${id}/rotate-secret`, 'admin', overlap, { key });
      breakOff();
      expect((await rotate()).status).toBe(500);
      const again = await Promise.all([rotate(), rotate(), rotate()]);
      const shown = again.map(({ body: { clientSecret } }) => clientSecret as string | null);
      const [second, ...more] = shown.filter((secret) => secret !== null);
      expect(more).toEqual([]);
      const last = (await api.post(`/service-accounts/${id}/rotate-secret`, 'admin', overlap)).body.clientSecret;
      expect((await rotate()).body.clientSecret).toBeNull();
      for (const secret of [second!, last as string]) expect((await client(id, secret)).status).toBe(200);

      await api.post(`/service-accounts/${id}/deactivate`, 'admin');
      expect((await rotate()).body.clientSecret).toBeNull();
    });

    it('signs out in its own name', async () => {
      const as = await signedIn(await make());
      const { sid } = JSON.parse(Buffer.from(as.split('.')[1]!, 'base64url').toString()) as { sid: string };
      expect((await api.call('POST', '/auth/logout', { as, body: {} })).status).toBe(204);
      const { events } = await api.core.store.readStream(`session-${sid}`);
      expect(events.map(({ type, metadata: { actor } }) => [type, actor.kind])).toEqual([
        ['SessionOpened', 'service'],
        ['SessionRevoked', 'service'],
      ]);
    });

    it('belongs to a branch that is there', async () => {
      const { status, body } = await api.post('/service-accounts', 'admin', { name: 'lost', branchId: 'NOWHERE' });
      expect([status, body.errors?.[0].pointer]).toEqual([422, '/branchId']);
    });

    it('shows no secret to a repeated command, nor to a dry run', async () => {
      const body = { name: 'twice' };
      const one = await api.post('/service-accounts', 'admin', body, { key: 'make-it' });
      const two = await api.post('/service-accounts', 'admin', body, { key: 'make-it' });
      expect(two.body).toMatchObject({ clientId: one.body.clientId, clientSecret: null });
      expect((await client(one.body.clientId as string, one.body.clientSecret as string)).status).toBe(200);
      const dry = await api.post('/service-accounts?dryRun=true', 'admin', { name: 'never' });
      expect([dry.status, dry.body.clientSecret]).toEqual([200, null]);
    });

    it('is over for good once deactivated: its tokens, its secrets; its name is free', async () => {
      const account = await make([['workflow:read', 'workspace']], { name: 'short-lived' });
      const as = await signedIn(account);
      const taken = await api.post('/service-accounts', 'admin', { name: 'short-lived' });
      expect(taken.body.code).toBe('already-exists');
      expect((await api.post(`/service-accounts/${account.id}/deactivate`, 'admin')).status).toBe(201);
      expect((await api.get('/workflows', as)).status).toBe(401);
      expect((await client(account.id, account.secret)).status).toBe(401);
      const grant = { permission: 'workflow:read', scope: 'own' };
      expect((await api.post(`/service-accounts/${account.id}/grant`, 'admin', grant)).body.code).toBe('invalid-state');
      await make([], { name: 'short-lived' });
    });

    it('is listed by name, page by page, and belongs to its workspace', async () => {
      const account = await make();
      const all: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body } = await api.get(`/service-accounts?limit=3${cursor && `&cursor=${cursor}`}`, 'admin');
        all.push(...body.data.map(({ name }: { name: string }) => name));
        cursor = body.page.next;
      }
      expect(all).toEqual(all.toSorted());
      expect(all).toContain(`portal-${made}`);
      expect((await api.get(`/service-accounts/${account.id}`, 'admin')).body).toMatchObject({ status: 'active' });
      expect((await api.get('/service-accounts', 'other-admin')).body.data).toEqual([]);
      for (const [method, path] of [
        ['GET', ''],
        ['POST', '/rotate-secret'],
        ['POST', '/deactivate'],
      ])
        expect(
          (
            await api.call(method!, `/service-accounts/${account.id}${path}`, {
              as: 'other-admin',
              ...(path && { body: {} }),
            })
          ).body.code,
        ).toBe('not-found');
      expect((await client(account.id, account.secret)).status).toBe(200);
      expect((await api.get('/service-accounts', 'manager')).body.code).toBe('forbidden');
    });

    it('has no password to change', async () => {
      const as = await signedIn(await make());
      const body = { currentPassword: 'countersign-demo', newPassword: 'countersign-other' };
      expect((await api.post('/auth/change-password', as, body)).body.code).toBe('not-found');
    });
  });

  describe('POST /auth/token', () => {
    const person = { grant_type: 'password', username: 'officer', password: 'countersign-demo' };

    it('answers a password as OAuth 2 has it, and its refresh token', async () => {
      const { status, body, headers } = await token(person);
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(body).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 3600,
        refresh_token: expect.any(String),
      });
      expect((await api.get('/auth/me', body.access_token as string)).body.user.username).toBe('officer');
      const next = await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token as string });
      expect(next.status).toBe(200);
      const reused = await token({ grant_type: 'refresh_token', refresh_token: body.refresh_token as string });
      expect(reused.body).toMatchObject({ status: 401, code: 'token-reused', error: 'invalid_grant' });
    });

    it('answers client credentials in the form or by HTTP Basic, without a refresh token', async () => {
      const { id, secret } = await make();
      const inForm = await client(id, secret);
      const byBasic = await token({ grant_type: 'client_credentials', scope: 'anything' }, basic(id, secret));
      for (const { status, body } of [inForm, byBasic])
        expect([status, Object.keys(body as object)]).toEqual([200, ['access_token', 'token_type', 'expires_in']]);
    });

    it('names by the words of OAuth 2 what is wrong with a request', async () => {
      const refused = async (form: Record<string, string>) => {
        const { status, body } = await token(form);
        return [status, body.code, body.error, typeof body.error_description];
      };
      const unknown = [422, 'validation-failed', 'unsupported_grant_type', 'string'];
      expect(await refused({ grant_type: 'foo' })).toEqual(unknown);
      expect(await refused({})).toEqual([422, 'validation-failed', 'invalid_request', 'string']);
      expect(await refused({ grant_type: 'password' })).toEqual([
        422,
        'validation-failed',
        'invalid_request',
        'string',
      ]);
    });

    it('refuses whoever is not who they say', async () => {
      const { id, secret } = await make();
      const other = await make();
      const wrong = [
        client(id, 'x'),
        client(id, other.secret),
        client('no-such-client', secret),
        token({ grant_type: 'client_credentials' }),
        token({ grant_type: 'client_credentials' }, basic(id, 'x')),
        token({ grant_type: 'client_credentials' }, basic('\u0000', '\u0000')),
        token({ grant_type: 'client_credentials' }, { authorization: 'Basic !!!' }),
        token({ ...person, client_id: id, client_secret: 'x' }),
      ];
      for (const { status, body } of await Promise.all(wrong))
        expect([status, body.code, body.error]).toEqual([401, 'unauthenticated', 'invalid_client']);
      const { body } = await token({ ...person, password: 'not this one' });
      expect([body.code, body.error]).toEqual(['unauthenticated', 'invalid_grant']);
      expect((await token({ ...person, client_id: id, client_secret: secret })).status).toBe(200);
      expect((await token({ ...person, client_id: '', client_secret: '' })).status).toBe(200);
    });

    it.each([
      ['', 422],
      ['grant_type=implicit', 422],
      ['grant_type=password', 422],
      ['grant_type=password&username=officer', 422],
      ['grant_type=refresh_token', 422],
      ['grant_type=password&username=a%00b&password=c', 422],
      ['grant_type=password&grant_type=password&username=officer&password=c', 400],
      ['grant_type=%zz', 400],
      ['grant_type=client_credentials&more=1', 422],
    ])('refuses the form %j', async (body, status) => expect((await token(body)).status).toBe(status));

    it('takes a form there, and nowhere else', async () => {
      expect((await api.call('POST', '/auth/token', { body: person })).body.code).toBe('unsupported-media-type');
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const login = await api.call('POST', '/auth/login', {
        body: form({ username: 'officer', password: 'x' }),
        headers,
      });
      expect(login.body.code).toBe('unsupported-media-type');
      expect((await token('x'.repeat(2_000_000))).body.code).toBe('payload-too-large');
    });
  });
});
