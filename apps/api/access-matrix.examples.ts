import { installation, roleStep, startedReview, type ApiInstallation } from './api.examples.js';
import { PREFIX, OUTSIDE_PREFIX } from './api.module.js';
import { Routes, type RouteDeclaration } from './src/http/routes.js';
import { scopeOf } from '#libs/identity/domain/permissions';
import { allGroups } from '#libs/composition/rooms';
import { WaitGate } from '#libs/processing/application/wait-gate';

/** What every process reads read models with. */
const READER = 'countersign_reader';

/** Every route × nobody and every role: who is let in is what the permission table says, on all of them. */
describe('who may call what', () => {
  let api: ApiInstallation;
  let routes: readonly RouteDeclaration[];
  let real: Readonly<Record<string, string>>;
  beforeAll(async () => {
    api = await installation();
    for (const name of ['assistant', 'assistant2']) await api.register(name, 'assistant', 'demo');
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
    const zoe = { number: 'C-1', type: 'individual', name: 'planted Zoe', branchId: 'HQ' };
    const customer = await api.post('/customers', 'officer', zoe);
    const draft = await api.post('/drafts', 'assistant', {
      workflow: workflowId,
      subject: { type: 'letter', id: 'planted', content: { text: 'Dear Zoe' } },
      provenance: { model: 'writer-4' },
    });
    const made = {
      customerId: customer.body.customerId as string,
      draftId: draft.body.draftId as string,
      workflowId,
      reviewId: await startedReview(api, workflowId, { amount: '1' }, 'officer'),
      userId: api.ids.get('viewer')!,
      user: api.ids.get('viewer')!,
      serviceId: service.body.clientId as string,
    };
    expect(Object.entries(made).filter(([, id]) => typeof id !== 'string')).toEqual([]);
    return made;
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
        ['reviewId', 'workflowId', 'userId', 'serviceId', 'customerId', 'draftId'].some((it) =>
          route.path.includes(`:${it}`),
        )
      )
        expect([route.path, [400, 404]]).toEqual([route.path, expect.arrayContaining([status])]);
    }
  });

  describe('one thing', () => {
    const delegated = async (to: string) => {
      await api.register(to, 'officer', 'demo', 'SOUTH');
      const until = new Date(Date.now() + 86_400_000).toISOString();
      const asked = { delegate: api.ids.get(to), until, reason: 'planted' };
      const { status, body } = await api.post('/delegations', 'officer', asked);
      expect([status, body]).toMatchObject([201, {}]);
      return body.delegationId as string;
    };

    beforeAll(async () => {
      await api.register('elsewhere', 'officer', 'demo', 'SOUTH');
      const delegationId = await delegated('delegate');
      const ended = await delegated('former');
      expect((await api.get(`/reviews/${real['reviewId']}`, 'former')).status).toBe(200);
      expect((await api.post(`/delegations/${ended}/revoke`, 'officer', { reason: 'Back' })).status).toBe(201);
      real = { ...real, delegationId };
    });

    /** Whoever may not see it is not told more about it. */
    const ask = async (route: RouteDeclaration, as?: string) => {
      const body = route.method === 'GET' ? undefined : {};
      const { status, body: answer } = await api.call(route.method, filled(route), { as, body });
      return { status, text: JSON.stringify(answer) };
    };
    const roleOf = (who: string) => {
      if (['delegate', 'former', 'officer2', 'elsewhere'].includes(who)) return 'officer';
      return { 'other-admin': 'admin', assistant2: 'assistant' }[who] ?? who;
    };

    /** Who is shown it where the role lets them ask; officer2, manager and viewer are of the officer's branch. */
    const seen = {
      review: ['officer', 'delegate', 'officer2', 'manager', 'viewer', 'auditor', 'admin'],
      draft: ['assistant', 'officer', 'officer2', 'manager', 'viewer', 'auditor', 'admin'],
      delegation: ['officer', 'delegate', 'manager', 'admin'],
      customer: ['officer', 'officer2', 'manager', 'viewer', 'auditor', 'admin'],
    };
    const everybody = [...seen.review, 'former', 'elsewhere', 'assistant', 'assistant2', 'other-admin', undefined];
    const things = Object.keys(seen) as (keyof typeof seen)[];

    it.each(things.flatMap((thing) => everybody.map((as) => [thing, as, as && seen[thing].includes(as)] as const)))(
      'a %s is shown on every route to %s as the table says',
      async (thing, as, shown) => {
        const own = routes.filter(({ path }) => path.startsWith(`${thing}s/:${thing}Id`));
        expect(own.length).toBeGreaterThan(1);
        for (const route of own) {
          // The trail of a case is for its own people, also where the case is for the whole branch.
          const isShown = shown && !(as === 'officer2' && route.path.endsWith('/audit'));
          const what = `${route.method} ${route.path} as ${as}`;
          if (as === undefined) expect([what, (await ask(route)).status]).toEqual([what, 401]);
          else if (!mayCall(route, roleOf(as))) expect([what, (await ask(route, as)).status]).toEqual([what, 403]);
          else if (isShown && isSafe(route)) {
            const { status, text } = await ask(route, as);
            expect([what, [403, 404].includes(status), text]).toEqual([what, false, text]);
          } else if (!isShown) {
            const { status, text } = await ask(route, as);
            expect([what, isSafe(route) ? [400, 404] : [400, 404, 422, 428], text]).toEqual([
              what,
              expect.arrayContaining([status]),
              text,
            ]);
            expect([what, /loan-|planted/.test(text)]).toEqual([what, false]);
          }
        }
      },
    );

    it('a customer is changed by its owner, and by those above', async () => {
      const change = async (as: string) => (await api.post(`/customers/${real['customerId']}/activate`, as)).status;
      const may = ['officer', 'manager', 'admin'];
      for (const as of everybody) {
        if (as === undefined || !seen.customer.includes(as)) continue;
        expect([as, await change(as)]).toEqual([as, may.includes(as) ? 200 : 403]);
      }
    });

    it('a delegation is ended by its delegator, and by those who administer, not by its delegate', async () => {
      const end = async (as: string) =>
        (await api.post(`/delegations/${real['delegationId']}/revoke`, as, { reason: 'x' })).status;
      expect([await end('delegate'), await end('former'), await end('officer2')]).toEqual([403, 404, 404]);
      expect([await end('officer'), await end('admin')]).toEqual([201, 200]);
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
    // No table changes any more while it is counted.
    const head = await api.core.store.head();
    await Promise.all(allGroups.map(({ name }) => api.app.get(WaitGate).waitFor(name, head, 20_000)));

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
