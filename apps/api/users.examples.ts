import { randomUUID } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import { AccessState } from '#libs/identity/application/access-state';
import { RegisterUserCommand } from '#libs/identity/application/commands/register-user.handler';
import { isPerson } from '#libs/identity/application/directory-view';
import { UserFacts, type Asked } from '#libs/identity/application/user-facts';
import { UserOrders } from '#libs/identity/application/user-orders';
import { UserStreams } from '#libs/identity/application/user-streams';
import { LastAdministrator } from '#libs/identity/domain/identity.errors';
import { holdsForGood, type Registered } from '#libs/identity/domain/user.state';
import { installation, publishedWorkflow, startedReview, type ApiInstallation } from './api.examples.js';
import { boxes, copied } from './guide.examples.js';

/** People: made known, changed, given roles, sent away, and looked at as they were. */
describe('users over HTTP', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
  });
  afterAll(() => api.stop());

  const OWN = 'a horse, a battery';
  const idOf = (name: string) => api.ids.get(name)!;
  const named = () => `u${randomUUID().slice(0, 13)}`;
  const create = (body: object = {}, as = 'admin', more = {}) =>
    api.post('/users', as, { username: named(), roles: ['officer'], ...body }, more);
  const created = async (body: object = {}) => {
    const answer = await create(body);
    expect(answer.status).toBe(201);
    return answer.body.userId as string;
  };
  const login = (username: string, password: string) =>
    api.call('POST', '/auth/login', { body: { username, password } });
  const act = (userId: string, verb: string, body: object = {}, as = 'admin', more = {}) =>
    api.post(`/users/${userId}/${verb}`, as, body, more);
  const seen = async (userId: string, as = 'admin') => await api.get(`/users/${userId}`, as);
  const patch = (userId: string, revision: number, body: object, as = 'admin') =>
    api.call('PATCH', `/users/${userId}`, { as, body, headers: { 'if-match': `"${revision}"` } });
  const codeOf = async (answer: Promise<{ status: number; body: any }>) => {
    const { status, body } = await answer;
    return status < 300 ? status : `${status} ${body.code}`;
  };

  it('are made known, sign in with a secret that was told once, and choose their password', async () => {
    const username = named();
    const key = randomUUID();
    const person = {
      username,
      firstName: 'Ann',
      lastName: 'Archer',
      email: `${username}@bank.example`,
      roles: ['officer'],
    };
    const made = await create(person, 'admin', { key });
    expect(made).toMatchObject({
      status: 201,
      body: { state: { status: 'active', roles: [{ role: 'officer', to: null }] }, oneTimeSecret: expect.any(String) },
    });
    const { userId, oneTimeSecret: secret } = made.body;
    expect(made.headers.get('location')).toBe(`/api/v1/users/${userId}`);
    const again = await create(person, 'admin', { key });
    expect([again.headers.get('idempotent-replayed'), again.body.userId, again.body.oneTimeSecret]).toEqual([
      'true',
      userId,
      null,
    ]);

    const { body } = await login(username, secret);
    const change = { currentPassword: secret, newPassword: OWN };
    expect((await api.post('/auth/change-password', body.accessToken, change)).status).toBe(204);
    expect((await login(username, secret)).status).toBe(401);
    expect((await login(username, OWN)).body.user).toMatchObject({ id: userId, roles: ['officer'] });
    expect((await seen(userId, 'viewer')).body).toMatchObject({
      ...person,
      id: userId,
      branchId: 'HQ',
      roles: [{ role: 'officer', to: null }],
      absences: [],
    });
  });

  it('have a name and an address of their own', async () => {
    const [username, email] = [named(), `${named()}@bank.example`];
    const ann = await created({ username, email });
    expect(await codeOf(create({ username: username.toUpperCase() }))).toBe('409 already-exists');
    const wrong = await create({ username: '-', email: 'nobody', roles: ['king'], lastName: ' ' });
    expect(wrong.status).toBe(422);
    const faults = wrong.body.errors.map(
      (fault: { pointer: string; code: string }) => `${fault.pointer} ${fault.code}`,
    );
    expect(faults.toSorted()).toEqual([
      '/email bad-format',
      '/lastName required',
      '/roles unknown-value',
      '/username bad-format',
    ]);
    expect(await codeOf(create({ email: email.toUpperCase() }))).toBe('409 already-exists');
    expect((await create({ email }, 'other-admin')).status).toBe(201);
    const bob = await created();
    expect(await codeOf(patch(bob, 0, { email }))).toBe('409 already-exists');
    expect(await codeOf(patch(ann, 0, { email: null }))).toBe(201);
    expect(await codeOf(patch(bob, 0, { email }))).toBe(201);
    expect(await codeOf(patch(ann, 1, { email }))).toBe('409 already-exists');
    const many = await Promise.all(Array.from({ length: 4 }, () => create({ email: `x${email}` })));
    expect(many.map(({ status }) => `${status}`).toSorted()).toEqual(['201', '409', '409', '409']);
  });

  it('leave no personal word in the log that is not sealed', async () => {
    const userId = await created({ firstName: 'Quixotina', email: 'quixotina@bank.example' });
    await patch(userId, 0, { lastName: 'Quixotson' });
    await act(userId, 'suspend', { reason: 'Quixotic' });
    const { events } = await api.core.store.readStream(`user-${userId}`);
    expect(events).toHaveLength(3);
    expect(JSON.stringify(events.map(({ data }) => data))).not.toMatch(/quixot/i);
  });

  it('are changed by whoever has seen the newest revision', async () => {
    await api.post('/departments', 'admin', { code: 'CREDIT', name: 'Credit' });
    const boss = await created();
    const userId = await created();
    expect(await codeOf(api.call('PATCH', `/users/${userId}`, { as: 'admin', body: {} }))).toBe(
      '428 precondition-required',
    );
    expect(await codeOf(patch(userId, 0, { managerId: boss, departmentId: 'CREDIT', displayName: 'Ann' }))).toBe(201);
    expect(await codeOf(patch(userId, 0, { displayName: 'Anna' }))).toBe('412 revision-mismatch');
    expect(await codeOf(patch(boss, 0, { managerId: userId }))).toBe('422 validation-failed');
    expect(await codeOf(patch(boss, 0, { managerId: idOf('other-admin') }))).toBe('422 validation-failed');
    const { body, headers } = await seen(userId);
    expect([body.managerId, body.departmentId, body.displayName, headers.get('etag')]).toEqual([
      boss,
      'CREDIT',
      'Ann',
      '"2"',
    ]);
    const { body: diff } = await api.get(`/users/${userId}/diff?from=0&to=2`, 'auditor');
    expect(diff.fields.map(({ path, op }: any) => `${op} ${path}`).toSorted()).toEqual([
      'add /departmentId',
      'add /displayName',
      'add /managerId',
    ]);
    const { body: history } = await api.get(`/users/${userId}/history`, 'auditor');
    expect(history.data.map(({ type, revision }: any) => [revision, type])).toEqual([
      [0, 'UserRegistered'],
      [1, 'PersonalDetailsChanged'],
      [2, 'UserMoved'],
    ]);
    expect(await codeOf(api.get(`/users/${userId}/diff?from=0&to=3`, 'auditor'))).toBe('404 not-found');
  });

  it('are listed by what they are, page by page, without names in the cursor', async () => {
    const department = `D${randomUUID().slice(0, 8)}`;
    await api.post('/departments', 'admin', { code: department, name: 'Trees' });
    const people: string[] = [];
    for (const [firstName, role] of [
      ['Zelda', 'officer'],
      ['Zeno', 'manager'],
      ['Zora', 'officer'],
    ] as const)
      people.push(await created({ firstName, lastName: 'Ångström', departmentId: department, roles: [role] }));
    await act(people[2]!, 'suspend');
    const list = async (query: string) =>
      (await api.get(`/users?department=${department}${query}`, 'viewer')).body.data.map(({ id }: any) =>
        people.indexOf(id),
      );
    expect(await list('')).toEqual([0, 1, 2]);
    expect(await list('&role=manager,admin')).toEqual([1]);
    expect(await list('&status=suspended')).toEqual([2]);
    expect(await list('&text=ze%20%C3%A5NG')).toEqual([0, 1]);
    expect(await list('&text=100%25')).toEqual([]);
    expect(await list('&branch=NORTH')).toEqual([]);
    const { body: first } = await api.get(`/users?department=${department}&limit=2`, 'viewer');
    expect([first.data.length, first.page.hasMore]).toEqual([2, true]);
    expect(Buffer.from(first.page.next, 'base64url').toString()).not.toMatch(/zel|zeno|ngstr/i);
    expect(await list(`&limit=2&cursor=${first.page.next}`)).toEqual([2]);
    expect(await codeOf(api.get('/users?limit=1&cursor=abc', 'viewer'))).toBe('400 invalid-cursor');
  });

  it('of other workspaces are nobody', async () => {
    const userId = await created();
    for (const verb of ['grant-role', 'revoke-role'])
      expect(await codeOf(act(userId, verb, { role: 'admin' }, 'other-admin'))).toBe('404 not-found');
    for (const verb of ['suspend', 'deactivate', 'activate', 'reset-password'])
      expect(await codeOf(act(userId, verb, {}, 'other-admin'))).toBe('404 not-found');
    for (const path of ['', '/history', '/diff', '/sessions'])
      expect(await codeOf(api.get(`/users/${userId}${path}`, 'other-admin'))).toBe('404 not-found');
    const { body } = await api.get(`/permissions?user=${userId}`, 'other-admin');
    expect(body.data).toEqual([]);
  });

  it('of a role lose with it what it let do, at once, and gain it for as long as was said', async () => {
    const username = named();
    const made = await create({ username });
    const { userId } = made.body;
    const { accessToken } = (await login(username, made.body.oneTimeSecret)).body;
    const may = async () =>
      (await api.get('/auth/me', accessToken)).body.permissions.map(({ permission }: any) => permission as string);
    expect(await may()).not.toContain('review:reassign');
    const to = new Date(Date.now() + 86_400_000).toISOString();
    const granted = await act(userId, 'grant-role', { role: 'manager', to, reason: 'Holiday cover' });
    expect(granted.body.state.roles).toMatchObject([{ role: 'officer' }, { role: 'manager', to }]);
    expect(await may()).toContain('review:reassign');
    expect(await codeOf(act(userId, 'revoke-role', { role: 'manager' }))).toBe(201);
    expect(await may()).not.toContain('review:reassign');
    expect(await codeOf(act(userId, 'revoke-role', { role: 'manager' }))).toBe(200);
    const from = new Date(Date.now() + 43_200_000).toISOString();
    expect((await act(userId, 'grant-role', { role: 'manager', from, to })).body.state.roles).toHaveLength(2);
    expect(await may()).not.toContain('review:reassign');
    expect(await codeOf(act(userId, 'grant-role', { role: 'manager', from: to, to: from }))).toBe(
      '422 validation-failed',
    );
    expect(await codeOf(act(userId, 'grant-role', { role: 'service' }))).toBe('422 validation-failed');
  });

  it('are let in no more once suspended or gone, and come back by a new sign-in', async () => {
    for (const verb of ['suspend', 'deactivate']) {
      const username = named();
      const made = await create({ username });
      const { userId, oneTimeSecret } = made.body;
      const { accessToken, refreshToken } = (await login(username, oneTimeSecret)).body;
      await api.post('/auth/change-password', accessToken, { currentPassword: oneTimeSecret, newPassword: OWN });
      const refused = async () => [
        (await api.get('/auth/me', accessToken)).status,
        (await api.call('POST', '/auth/refresh', { body: { refreshToken } })).status,
      ];
      expect((await act(userId, verb, { reason: 'Why not' })).body.state.status).toBe(
        verb === 'suspend' ? 'suspended' : 'deactivated',
      );
      expect(await refused()).toEqual([401, 401]);
      expect((await login(username, OWN)).status).toBe(401);
      expect(await codeOf(act(userId, verb))).toBe(200);
      expect((await act(userId, 'activate')).body.state).toMatchObject({
        status: 'active',
        roles: [{ role: 'officer' }],
      });
      expect(await refused()).toEqual([401, 401]);
      expect((await login(username, OWN)).status).toBe(200);
    }
  });

  it('are signed in where administrators can see it, and can end it', async () => {
    const username = named();
    const { userId, oneTimeSecret } = (await create({ username })).body;
    const { accessToken } = (await login(username, oneTimeSecret)).body;
    const { body } = await api.get(`/users/${userId}/sessions`, 'admin');
    expect(body.data).toMatchObject([{ current: false }]);
    expect(await codeOf(api.get(`/users/${userId}/sessions`, 'manager'))).toBe('403 forbidden');
    const path = `/users/${userId}/sessions/${body.data[0].id}/revoke`;
    expect(await codeOf(api.post(path, 'other-admin'))).toBe('404 not-found');
    expect(await codeOf(api.post(`/users/${idOf('officer')}/sessions/${body.data[0].id}/revoke`, 'admin'))).toBe(
      '404 not-found',
    );
    expect((await api.post(path, 'admin')).body.state).toEqual({ status: 'revoked' });
    expect((await api.get('/auth/me', accessToken)).status).toBe(401);
    const { events } = await api.core.store.readStream(`session-${body.data[0].id}`);
    expect(events.at(-1)?.metadata.actor.id).toBe(idOf('admin'));
  });

  const soon = () => new Date(Date.now() + 60_000).toISOString();

  it('who administer are never all gone', async () => {
    const only = idOf('other-admin');
    for (const [verb, body] of [
      ['deactivate', {}],
      ['suspend', {}],
      ['revoke-role', { role: 'admin' }],
      ['grant-role', { role: 'admin', to: soon() }],
    ] as const)
      expect([verb, await codeOf(act(only, verb, body, 'other-admin'))]).toEqual([verb, '409 invalid-state']);

    // Two who send each other away at the same moment: one of them stays.
    for (let round = 0; round < 5; round++) {
      const made = await create({ roles: ['admin'] }, 'other-admin');
      const { userId: second, oneTimeSecret } = made.body;
      const { username } = (await api.get(`/users/${second}`, 'other-admin')).body;
      const { accessToken } = (await login(username, oneTimeSecret)).body;
      const both = await Promise.all([
        codeOf(act(only, 'grant-role', { role: 'admin', to: soon() }, accessToken)),
        codeOf(act(second, 'deactivate', {}, 'other-admin')),
      ]);
      expect(both.filter((code) => code === 201)).toHaveLength(1);
      if (both[0] !== 201) continue;
      expect(await codeOf(act(only, 'grant-role', { role: 'admin' }, accessToken))).toBe(201);
      expect(await codeOf(act(second, 'deactivate', {}, 'other-admin'))).toBe(201);
    }
  });

  it('who administer are not all gone when one decides on what was so before the other went', async () => {
    const [facts, orders, streams] = [api.app.get(UserFacts), api.app.get(UserOrders), api.app.get(UserStreams)];
    const goes: readonly ((userId: string) => Asked)[] = [
      (userId) => ({ type: 'RevokeRole', data: { userId, role: 'admin' }, metadata: by() }),
      (userId) => ({ type: 'GrantRole', data: { userId, role: 'admin', to: soon() }, metadata: by() }),
      (userId) => ({ type: 'SuspendUser', data: { userId }, metadata: by() }),
      (userId) => ({ type: 'DeactivateUser', data: { userId }, metadata: by() }),
    ];
    let workspaceId = '';
    const by = () => ({
      commandId: randomUUID(),
      commandHash: '',
      actor: { id: 'system', kind: 'system', roles: [] } as const,
      workspaceId,
      now: api.core.clock.now().toISOString(),
      correlationId: 'c',
      causationId: 'c',
    });
    const administrator = async () => {
      const person = { username: named(), roles: ['admin'] as const };
      const { state } = await api.app.get(CommandBus).execute(new RegisterUserCommand(person, by()));
      return (state as Registered).userId;
    };
    const administrators = () =>
      api.app
        .get(AccessState)
        .members(workspaceId)
        .filter((it) => isPerson(it) && holdsForGood(it, 'admin', api.core.clock.now().toISOString()));

    for (const first of goes)
      for (const second of goes) {
        workspaceId = `w-${randomUUID()}`;
        const [ann, bob] = [await administrator(), await administrator()];
        const decided = facts.complete(second(bob));
        await orders.send(first(ann));
        const late = streams.handle(bob, decided, { premises: facts.premises() });
        await expect(late).rejects.toBeInstanceOf(LastAdministrator);
        expect(administrators()).toMatchObject([{ userId: bob }]);
      }

    for (let round = 0; round < 40; round++) {
      workspaceId = `w-${randomUUID()}`;
      const three = [await administrator(), await administrator(), await administrator()];
      const all = await Promise.allSettled(three.map((userId, n) => orders.send(goes[(round + n) % 4]!(userId))));
      expect(all.filter(({ status }) => status === 'rejected')).toMatchObject([
        { reason: expect.any(LastAdministrator) as unknown },
      ]);
      await api.app.get(AccessState).current();
      expect(administrators()).toHaveLength(1);
    }
  });

  it('who leave, leave their assignments to others', async () => {
    const manager = await created({ roles: ['manager'] });
    const { managerId } = { managerId: manager };
    const leaver = await created({ roles: ['officer'], managerId });
    const step = { key: 'sign', assignees: [{ type: 'USER', id: leaver }], requiredApprovals: 1 };
    const reviewId = await startedReview(api, await publishedWorkflow(api, [step]));
    const { headers } = await act(leaver, 'deactivate', { reason: 'Left' });
    expect(headers.get('consistency-token')).not.toBeNull();
    const assignments = async () =>
      (await api.get(`/reviews/${reviewId}`, 'admin')).body.steps[0].assignments.map(({ ref, state }: any) => [
        ref,
        state,
      ]);
    for (let tries = 0; tries < 200 && (await assignments()).length < 2; tries++)
      await new Promise((resolve) => setTimeout(resolve, 25));
    expect(await assignments()).toEqual([
      [leaver, 'void'],
      [manager, 'open'],
    ]);
  });

  it('who are away, are substituted from the beginning of it until its end', async () => {
    const ann = await created({ roles: ['manager'] });
    const secret = async (username: string) => {
      const { userId, oneTimeSecret } = (await create({ username, roles: ['manager'] })).body;
      return { userId, token: (await login(username, oneTimeSecret)).body.accessToken as string };
    };
    const bob = await secret(named());
    const step = { key: 'sign', assignees: [{ type: 'USER', id: ann }], requiredApprovals: 1 };
    const reviewId = await startedReview(api, await publishedWorkflow(api, [step]));
    const decide = () =>
      codeOf(
        api.post(`/reviews/${reviewId}/decide?dryRun=true`, bob.token, { verdict: 'approve', reviewedRevision: 1 }),
      );
    const absences = (userId: string, body: object, as = 'admin') => act(userId, 'absences', body, as);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    expect(await decide()).toBe('403 not-eligible');

    const entered = await absences(ann, { until, substitute: bob.userId, reason: 'Skiing' });
    expect([entered.status, entered.body.events[0].type]).toEqual([201, 'AbsenceEntered']);
    const { absenceId, delegationId } = entered.body;
    expect(await decide()).toBe(200);
    expect((await api.get(`/delegations/${delegationId}`, 'admin')).body).toMatchObject({
      delegator: ann,
      delegate: bob.userId,
      until,
      source: 'absence',
      status: 'active',
    });
    expect((await seen(ann)).body.absences).toMatchObject([
      { id: absenceId, substitute: bob.userId, reason: 'Skiing' },
    ]);

    expect((await act(ann, `absences/${absenceId}/end`)).status).toBe(201);
    expect(await decide()).toBe('403 not-eligible');
    expect((await seen(ann)).body.absences).toEqual([]);
    expect(await codeOf(act(ann, `absences/${randomUUID()}/end`))).toBe('404 not-found');

    // One's own are one's own to enter, those of others are not.
    expect((await absences(bob.userId, { until }, bob.token)).body.delegationId).toBeNull();
    expect(await codeOf(absences(ann, { until }, 'officer'))).toBe('403 forbidden');
    expect(await codeOf(absences(ann, { until }, 'other-admin'))).toBe('404 not-found');
    const pointers = async (body: object) => (await absences(ann, body)).body.errors.map((it: any) => it.pointer);
    expect(await pointers({ until, substitute: ann })).toEqual(['/substitute']);
    expect(await pointers({ until, substitute: randomUUID() })).toEqual(['/substitute']);
    expect(await pointers({ until: '2020-01-01T00:00:00Z' })).toEqual(['/until']);
  });

  it('belong to positions, which bring their roles', async () => {
    const code = `P-${randomUUID().slice(0, 8)}`;
    const approvalLimit = { amountMinor: '5000000', currency: 'EUR' };
    const opened = await api.post('/positions', 'admin', {
      code,
      title: 'Clerk',
      approvalLimit,
      defaultRoles: ['viewer'],
    });
    expect([opened.status, opened.body.positionId, opened.headers.get('location')]).toEqual([
      201,
      code,
      `/api/v1/positions/${code}`,
    ]);
    const before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await codeOf(api.post('/positions', 'admin', { code: code.toLowerCase(), title: 'x' }))).toBe(
      '409 already-exists',
    );
    expect(await codeOf(api.post('/positions', 'manager', { code: 'X', title: 'x' }))).toBe('403 forbidden');
    expect(await codeOf(api.get(`/positions/${code}`, 'other-admin'))).toBe('404 not-found');

    const made = await create({ positionId: code, roles: undefined });
    expect(made.body.state.roles).toMatchObject([{ role: 'viewer' }]);
    const { userId } = made.body;
    expect(await codeOf(create({ positionId: 'NOWHERE' }))).toBe('422 validation-failed');
    expect((await api.get(`/users?position=${code}`, 'viewer')).body.data.map(({ id }: any) => id)).toEqual([userId]);
    expect(await codeOf(api.post(`/positions/${code}/deactivate`, 'admin'))).toBe('409 invalid-state');

    const change = async (body: object, etag?: string) =>
      api.call('PATCH', `/positions/${code}`, { as: 'admin', body, ...(etag && { headers: { 'if-match': etag } }) });
    const etag = (await api.get(`/positions/${code}`, 'viewer')).headers.get('etag')!;
    expect(await codeOf(change({ grade: 'B2' }))).toBe('428 precondition-required');
    expect(await codeOf(change({ grade: 'B2', approvalLimit: null }, etag))).toBe(201);
    expect(await codeOf(change({ grade: 'B3' }, etag))).toBe('412 revision-mismatch');
    const { body: diff } = await api.get(`/positions/${code}/diff`, 'viewer');
    expect(diff.fields.map(({ op, path }: any) => `${op} ${path}`).toSorted()).toEqual([
      'add /grade',
      'remove /approvalLimit',
    ]);
    expect((await api.get(`/positions/${code}?asOf=${before}`, 'viewer')).body).toMatchObject({
      grade: null,
      approvalLimit,
    });
    const { body: history } = await api.get(`/positions/${code}/history`, 'viewer');
    expect(history.data.map(({ type }: any) => type)).toEqual(['PositionOpened', 'PositionDescribed']);

    await patch(userId, 0, { positionId: null });
    expect((await api.post(`/positions/${code}/deactivate`, 'admin')).body.state).toEqual({ active: false });
    expect(await codeOf(create({ positionId: code }))).toBe('422 validation-failed');
    const list = async (query: string) =>
      (await api.get(`/positions?text=${code}&${query}`, 'viewer')).body.data.map(({ id }: any) => id);
    expect([await list('active=true'), await list('active=false')]).toEqual([[], [code]]);
    expect((await api.post(`/positions/${code}/activate`, 'admin')).status).toBe(201);
  });

  it('belong to branches and departments that are there', async () => {
    expect(await codeOf(create({ branchId: 'NOWHERE' }))).toBe('422 validation-failed');
    const code = `B-${randomUUID().slice(0, 8)}`;
    await api.post('/branches', 'admin', { code, name: 'North' });
    expect((await create({ branchId: code })).status).toBe(201);
  });

  it('can do what their roles let them, and who can do something is found, also as it was', async () => {
    const userId = await created({ roles: ['viewer'] });
    const before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 5));
    await act(userId, 'grant-role', { role: 'auditor' });
    const rows = async (query: string) => (await api.get(`/permissions?limit=100&${query}`, 'auditor')).body.data;
    const now = await rows(`user=${userId}`);
    const then = await rows(`user=${userId}&asOf=${before}`);
    const scopes = (list: any[]) =>
      Object.fromEntries(list.map(({ permission, scope, via }) => [permission, `${scope} ${via}`]));
    expect(scopes(now)['review:read']).toBe('workspace role:auditor');
    expect(scopes(then)['review:read']).toBe('branch role:viewer');
    expect(scopes(then)['audit:read']).toBeUndefined();
    const { permissions } = (await api.get('/auth/me', 'auditor')).body;
    expect(
      (await rows(`user=${idOf('auditor')}`)).map(({ permission, scope }: any) => ({ permission, scope })),
    ).toEqual(permissions);
    const overriders = await rows('permission=review:override');
    expect(overriders.every(({ via }: any) => via.join() === 'role:admin')).toBe(true);
    expect(overriders.map((it: any) => it.userId)).toContain(idOf('admin'));
    expect(
      (await api.get(`/users/${userId}?asOf=${before}`, 'auditor')).body.roles.map(({ role }: any) => role),
    ).toEqual(['viewer']);
    expect(await codeOf(api.get(`/users/${userId}?asOf=2020-01-01T00:00:00Z`, 'auditor'))).toBe('404 not-found');
    const auditors = async (query = '') =>
      (await api.get(`/roles${query}`, 'auditor')).body.data.find(({ role }: any) => role === 'auditor').holders;
    expect((await auditors()) - (await auditors(`?asOf=${before}`))).toBe(1);
  });

  it('are administered as the guide says, copied line by line', async () => {
    const { said, printed } = await copied(api, await boxes('docs/guides/administration.md'));
    expect(said.length).toBeGreaterThan(15);
    expect(printed).toEqual(said);
  }, 120_000);
});
