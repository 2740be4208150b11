import { installation, roleStep, startedReview, type ApiInstallation } from './api.examples.js';
import { PREFIX, OUTSIDE_PREFIX } from './api.module.js';
import { Routes, type RouteDeclaration } from './src/http/routes.js';
import { scopeOf } from '#libs/identity/domain/permissions';

/** What every process reads read models with. */
const READER = 'countersign_reader';

/** Every route × nobody and every role: who is let in is what the permission table says, on all of them. */
describe('who may call what', () => {
  let api: ApiInstallation;
  let routes: readonly RouteDeclaration[];
  let real: Readonly<Record<string, string>>;
  beforeAll(async () => {
    api = await installation();
    await api.register('assistant', 'assistant', 'demo');
    routes = api.app.get(Routes).all();
    real = await things();
  });
  afterAll(() => api.stop());

  const pathOf = ({ path }: RouteDeclaration) =>
    `/${OUTSIDE_PREFIX.includes(path) ? '' : `${PREFIX}/`}${path.replaceAll(/:\w+/g, '00000000-0000-5000-8000-000000000000')}`;
  const call = async (route: RouteDeclaration, as?: string) => {
    const body = route.method === 'GET' ? undefined : {};
    const { status, body: answer } = await api.call(route.method, pathOf(route), { as, body });
    return { status, code: answer.code as string | undefined };
  };
  const isSafe = ({ method }: RouteDeclaration) => method === 'GET';
  const mayCall = (route: RouteDeclaration, role: string): boolean =>
    route.anyOf.length === 0 ||
    route.anyOf.some((permission) => {
      const scope = scopeOf(permission, [role]);
      return scope === 'read' ? isSafe(route) : scope !== undefined;
    });

  it('finds the routes', () => expect(routes.length).toBeGreaterThan(45));

  it('lets nobody in without a token, but to what is public', async () => {
    const isPublic = (path: string) => /^(health\/|\.well-known\/|auth\/(login|refresh|token)$)/.test(path);
    for (const route of routes) {
      expect([route.path, route.isPublic]).toEqual([route.path, isPublic(route.path)]);
      if (!route.isPublic)
        expect([route.path, await call(route)]).toEqual([route.path, { status: 401, code: 'unauthenticated' }]);
    }
  });

  it.each(['admin', 'manager', 'officer', 'viewer', 'auditor', 'assistant'])(
    'lets %s in as far as the table says',
    async (role) => {
      // Not the ones that end the caller's own session, or begin work that outlives the test.
      for (const route of routes.filter(({ path }) => !/^(auth\/logout|projections\/:name\/rebuild)$/.test(path))) {
        const { status, code } = await call(route, role);
        const what = `${route.method} ${route.path} as ${role}`;
        if (mayCall(route, role)) expect([what, status === 401 || status === 403]).toEqual([what, false]);
        else expect([what, status, code]).toEqual([what, 403, 'forbidden']);
        expect([what, status < 500]).toEqual([what, true]);
      }
    },
  );

  /** Real things of `demo` by the names that routes have for them: what is refused below is there. */
  const things = async (): Promise<Readonly<Record<string, string>>> => {
    const workflow = await api.post('/workflows', 'admin', {
      key: 'matrix',
      name: 'Matrix',
      steps: [roleStep('one', 'manager')],
    });
    const workflowId = workflow.body.workflowId as string;
    await api.post(`/workflows/${workflowId}/publish`, 'admin');
    const service = await api.post('/service-accounts', 'admin', { name: 'matrix', grants: [] });
    return {
      workflowId,
      reviewId: await startedReview(api, workflowId, { amount: '1' }, 'officer'),
      userId: api.ids.get('viewer')!,
      user: api.ids.get('viewer')!,
      serviceId: service.body.clientId as string,
    };
  };
  const filled = ({ path }: RouteDeclaration) =>
    `/${PREFIX}/${path.replaceAll(/:(\w+)/g, (_, name: string) => real[name] ?? '00000000-0000-5000-8000-000000000000')}`;

  it('answers every route of every other workspace as if nothing were there', async () => {
    for (const route of routes.filter(({ path, isPublic }) => path.includes(':') && !isPublic)) {
      const body = route.method === 'GET' ? undefined : {};
      const { status } = await api.call(route.method, filled(route), { as: 'other-admin', body });
      // The body is empty: where one is needed, the form is refused first.
      expect([`${route.method} ${route.path}`, [400, 404, 422, 428]]).toEqual([
        `${route.method} ${route.path}`,
        expect.arrayContaining([status]),
      ]);
      if (
        route.method === 'GET' &&
        ['reviewId', 'workflowId', 'userId', 'serviceId'].some((it) => route.path.includes(`:${it}`))
      )
        expect([route.path, [400, 404]]).toEqual([route.path, expect.arrayContaining([status])]);
    }
  });

  describe('a review', () => {
    let own: readonly RouteDeclaration[];
    const delegate = async (to: string) => {
      await api.register(to, 'officer', 'demo', 'SOUTH');
      const until = new Date(Date.now() + 86_400_000).toISOString();
      const asked = { delegate: api.ids.get(to), until, reason: 'On leave' };
      const { status, body } = await api.post('/delegations', 'officer', asked);
      expect([status, body]).toMatchObject([201, {}]);
      return body.delegationId as string;
    };

    beforeAll(async () => {
      await api.register('elsewhere', 'officer', 'demo', 'SOUTH');
      await delegate('delegate');
      const ended = await delegate('former');
      expect((await api.get(`/reviews/${real['reviewId']}`, 'former')).status).toBe(200);
      expect((await api.post(`/delegations/${ended}/revoke`, 'officer', { reason: 'Back' })).status).toBe(201);
      own = routes.filter(({ path }) => path.startsWith('reviews/:reviewId'));
      expect(own.length).toBeGreaterThan(25);
    });

    /** Without a good body no command does anything; whoever may not see the review is not told more about it. */
    const ask = async (route: RouteDeclaration, as?: string) => {
      const body = route.method === 'GET' ? undefined : {};
      const { status, body: answer } = await api.call(route.method, filled(route), { as, body });
      return { status, text: JSON.stringify(answer) };
    };

    it.each([
      ['its owner', 'officer', true],
      ['a delegate of its owner', 'delegate', true],
      ['a former delegate of its owner', 'former', false],
      ['an officer of the same branch', 'officer2', true],
      ['an officer of another branch', 'elsewhere', false],
      ['a manager of the same workspace', 'manager', true],
      ['a viewer of the same workspace', 'viewer', true],
      ['an auditor of the same workspace', 'auditor', true],
      ['an administrator of the same workspace', 'admin', true],
      ['an assistant of the same workspace', 'assistant', false],
      ['an administrator of another workspace', 'other-admin', false],
      ['nobody', undefined, false],
    ])('is shown on every route to %s as the table says', async (_, as, shown) => {
      const role =
        as === undefined ? undefined : ['delegate', 'former', 'officer2', 'elsewhere'].includes(as) ? 'officer' : as;
      for (const route of own) {
        const { status, text } = await ask(route, as);
        // The trail of a case is for its own people, also where the case is for the whole branch.
        const isShown = shown && !(as === 'officer2' && route.path.endsWith('/audit'));
        const what = `${route.method} ${route.path} as ${as}`;
        if (role === undefined) expect([what, status]).toEqual([what, 401]);
        else if (!mayCall(route, role === 'other-admin' ? 'admin' : role)) expect([what, status]).toEqual([what, 403]);
        else if (isShown && isSafe(route))
          expect([what, [403, 404].includes(status), text]).toEqual([what, false, text]);
        else if (!isShown) {
          expect([what, isSafe(route) ? [400, 404] : [400, 404, 422, 428], text]).toEqual([
            what,
            expect.arrayContaining([status]),
            text,
          ]);
          expect([what, text.includes('loan-')]).toEqual([what, false]);
        }
      }
    });
  });

  it('shows a reader no row of another workspace, in no table, whatever the query', async () => {
    for (const as of ['admin', 'other-admin']) {
      const key = `walls-${as}`;
      const steps = [roleStep('one', 'manager')];
      const { body } = await api.post('/workflows', as, { key, name: 'Walls', steps });
      await api.post(`/workflows/${body.workflowId}/publish`, as);
      await startedReview(api, body.workflowId as string, { amount: '1' }, as);
    }
    const read = await api.get('/reviews', 'other-admin', { 'consistency-token': api.token() });
    expect(read.body.data).toHaveLength(1);

    const client = await api.core.database.pool.connect();
    try {
      const rows = async (text: string, values: unknown[] = []) => (await client.query(text, values)).rows;
      expect(
        await rows('SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = $1', [READER]),
      ).toEqual([{ rolsuper: false, rolbypassrls: false, rolcanlogin: false }]);
      const tables = (
        await rows(`SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
                     WHERE table_schema = 'rm' AND table_type = 'BASE TABLE' ORDER BY 1`)
      ).map(({ name }) => name as string);
      expect(tables.length).toBeGreaterThan(15);
      const countsOf = async (table: string) =>
        Object.fromEntries(
          (await rows(`SELECT workspace_id, count(*)::int AS n FROM ${table} GROUP BY 1`)).map((row) => [
            row.workspace_id as string,
            row.n as number,
          ]),
        );
      const inBoth: string[] = [];
      for (const table of tables) {
        const all = await countsOf(table);
        if (all['demo'] && all['other']) inBoth.push(table);
        await client.query(`SET ROLE ${READER}`);
        for (const workspace of [undefined, '', 'nobody', 'demo', 'other']) {
          if (workspace === undefined) await client.query('RESET countersign.workspace');
          else await client.query(`SELECT set_config('countersign.workspace', $1, false)`, [workspace]);
          const own = workspace === undefined ? undefined : all[workspace];
          expect([table, workspace, await countsOf(table)]).toEqual([
            table,
            workspace,
            own ? { [workspace!]: own } : {},
          ]);
        }
        await client.query('RESET ROLE');
      }
      expect(inBoth.length).toBeGreaterThan(5);
    } finally {
      client.release(true);
    }
  });
});
