import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PostgresEventStore } from '#libs/event-store/infrastructure/postgres-event-store';
import { AccessState } from '#libs/identity/application/access-state';
import { UserFacts } from '#libs/identity/application/user-facts';
import { UserOrders } from '#libs/identity/application/user-orders';
import { UserStreams } from '#libs/identity/application/user-streams';
import { InvalidPlace } from '#libs/identity/domain/identity.errors';
import { KnownPlaces } from '#libs/organization/application/known-places';
import { PositionBook } from '#libs/organization/application/positions/position-book';
import { PositionOrders } from '#libs/organization/application/positions/position-orders';
import { PositionStreams } from '#libs/organization/application/positions/position-streams';
import { UnitBook } from '#libs/organization/application/units/unit-book';
import { UnitStreams } from '#libs/organization/application/units/unit-streams';
import { Units } from '#libs/organization/application/units/units';
import { NotPossibleNow } from '#libs/organization/domain/organization.errors';
import { CalendarCatalogue } from '#libs/workflows/application/calendar-catalogue';
import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

/** Branches, departments and how far they let people see. */
describe('the organization over HTTP', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation({ SMTP_URL: 'smtp://robot:Hidden-Word@127.0.0.1:1', MAIL_FROM: 'robot@example.com' });
    for (const [code, parentId] of [
      ['EUROPE', 'HQ'],
      ['NORTH', 'EUROPE'],
      ['OSLO', 'NORTH'],
      ['SOUTH', 'HQ'],
    ])
      expect((await api.post('/branches', 'admin', { code, name: code, parentId })).status).toBe(201);
    await api.register('north-manager', 'manager', 'demo', 'NORTH');
    await api.register('south-manager', 'manager', 'demo', 'SOUTH');
    await api.register('oslo-officer', 'officer', 'demo', 'OSLO');
    await api.register('oslo-viewer', 'viewer', 'demo', 'OSLO');
  });
  afterAll(() => api.stop());

  const patch = (path: string, as: string, body: object, revision: number | undefined, more: object = {}) =>
    api.call('PATCH', path, {
      as,
      body,
      headers: revision === undefined ? {} : { 'if-match': `"${revision}"` },
      ...more,
    });
  const change = async (code: string, body: object) => {
    const { body: unit } = await api.get(`/branches/${code}`, 'admin');
    return patch(`/branches/${code}`, 'admin', body, unit.revision);
  };

  describe('branches', () => {
    it('are opened by administrators and read by everybody', async () => {
      const body = { code: 'ROME', name: 'Rome', parentId: 'SOUTH', timezone: 'Europe/Rome' };
      const key = { key: 'open-rome' };
      const made = await api.post('/branches', 'admin', body, key);
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({
        id: 'ROME',
        events: [{ type: 'UnitOpened' }],
        state: { id: 'ROME', parentId: 'SOUTH', active: true },
      });
      expect(made.headers.get('location')).toBe('/api/v1/branches/ROME');
      const again = await api.post('/branches', 'admin', body, key);
      expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
      expect(again.body.events).toEqual(made.body.events);

      const { body: shown, headers } = await api.get('/branches/ROME', 'viewer');
      expect(shown).toEqual({
        id: 'ROME',
        code: 'ROME',
        name: 'Rome',
        parentId: 'SOUTH',
        path: ['HQ', 'SOUTH', 'ROME'],
        managerId: null,
        timezone: 'Europe/Rome',
        calendarId: null,
        active: true,
        revision: made.body.revision,
      });
      expect(headers.get('etag')).toBe(`"${made.body.revision}"`);
      expect(made.headers.get('etag')).toBe(headers.get('etag'));
    });

    it.each([
      [{ code: 'EUROPE', name: 'x' }, 409, 'already-exists'],
      [{ code: 'x y', name: 'x' }, 422, 'validation-failed'],
      [{ code: 'NEW', name: 'x', parentId: 'NOWHERE' }, 422, 'validation-failed'],
      [{ code: 'NEW', name: 'x', managerId: 'nobody' }, 422, 'validation-failed'],
      [{ code: 'NEW', name: 'x', calendarId: 'nowhere' }, 422, 'validation-failed'],
      [{ code: 'NEW', name: 'x', timezone: 'Mars' }, 422, 'validation-failed'],
      [{ code: 'NEW', name: 'x', colour: 'red' }, 422, 'validation-failed'],
    ])('are refused as %j', async (body, status, code) => {
      const answer = await api.post('/branches', 'admin', body);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    });

    it('are not there for another workspace, which has its own root', async () => {
      expect((await api.get('/branches/EUROPE', 'other-admin')).status).toBe(404);
      const { body } = await api.get('/branches', 'other-admin');
      expect(body.data.map(({ code }: { code: string }) => code)).toEqual(['HQ']);
    });

    it('are listed by code, searched and paged', async () => {
      const codes = async (query: string) =>
        (await api.get(`/branches?${query}`, 'officer')).body.data.map(({ code }: { code: string }) => code);
      expect(await codes('text=or')).toEqual(['NORTH']);
      expect(await codes('parent=NORTH')).toEqual(['OSLO']);
      const first = await api.get('/branches?limit=2', 'officer');
      expect(first.body.page.hasMore).toBe(true);
      expect(await codes(`limit=2&cursor=${first.body.page.next}`)).not.toContain(first.body.data[0].code);
      expect((await api.get('/branches?cursor=AAAA', 'officer')).body.code).toBe('invalid-cursor');
      expect((await api.get('/branches?active=maybe', 'officer')).body.code).toBe('invalid-parameter');
    });

    it('are changed at the revision that was seen', async () => {
      const { body: seen } = await api.get('/branches/SOUTH', 'admin');
      expect((await patch('/branches/SOUTH', 'admin', { name: 'x' }, undefined)).status).toBe(428);
      const changed = await patch('/branches/SOUTH', 'admin', { name: 'The South' }, seen.revision);
      expect(changed.body.events.map(({ type }: { type: string }) => type)).toEqual(['UnitDescribed']);
      const late = await patch('/branches/SOUTH', 'admin', { name: 'Later' }, seen.revision);
      expect([late.status, late.body.currentRevision]).toEqual([412, changed.body.revision]);
      expect((await patch('/branches/SOUTH', 'manager', { name: 'x' }, changed.body.revision)).status).toBe(403);
      const same = await patch('/branches/SOUTH', 'admin', { name: 'The South' }, changed.body.revision);
      expect([same.status, same.body.events]).toEqual([200, []]);
    });

    it('are moved with what is below, never below themselves', async () => {
      const circle = await change('EUROPE', { parentId: 'OSLO' });
      expect([circle.status, circle.body.errors[0].pointer]).toEqual([422, '/parentId']);
    });

    it('tell what stands in the way of closing them', async () => {
      const children = await api.post('/branches/NORTH/deactivate', 'admin');
      expect([children.status, children.body.code, children.body.detail]).toEqual([
        409,
        'invalid-state',
        'NORTH has active branches below it: move or deactivate OSLO first.',
      ]);
      const people = await api.post('/branches/OSLO/deactivate', 'admin');
      expect([people.status, people.body.people]).toEqual([409, 2]);
      expect((await api.post('/branches/ROME/deactivate', 'admin')).body.state.active).toBe(false);
      expect((await api.post('/branches/ROME/deactivate', 'admin')).status).toBe(200);
      expect((await api.post('/branches/ROME/activate', 'admin')).body.state.active).toBe(true);
    });

    it('have a history, differences, and a past', async () => {
      const before = new Date(Date.now() + 1).toISOString();
      await new Promise((resolve) => setTimeout(resolve, 5));
      const { body: receipt } = await change('ROME', { managerId: api.ids.get('manager'), name: 'Roma' });
      const { body } = await api.get('/branches/ROME/history', 'auditor');
      expect(body.data.map(({ type }: { type: string }) => type)).toEqual([
        'UnitOpened',
        'UnitDeactivated',
        'UnitActivated',
        'UnitDescribed',
      ]);
      expect(body.data[3]).toMatchObject({
        revision: receipt.revision,
        actor: { id: api.ids.get('admin'), kind: 'user' },
        data: { code: 'ROME', name: 'Roma' },
      });
      const fields = [
        { path: '/name', op: 'replace', before: 'Rome', after: 'Roma' },
        { path: '/managerId', op: 'add', before: null, after: api.ids.get('manager') },
      ];
      const { body: diff } = await api.get(`/branches/ROME/diff?from=${body.data[0].revision}`, 'auditor');
      expect(diff).toEqual({ from: body.data[0].revision, to: receipt.revision, fields });
      expect((await api.get('/branches/ROME/diff?from=0', 'auditor')).status).toBe(404);
      const { body: then } = await api.get(`/branches/ROME?asOf=${before}`, 'auditor');
      expect([then.name, then.managerId]).toEqual(['Rome', null]);
      expect((await api.get('/branches/ROME?asOf=2020-01-01T00:00:00Z', 'auditor')).status).toBe(404);
      const { body: past } = await api.get('/branches?asOf=2020-01-01T00:00:00Z', 'auditor');
      expect(past.data.map(({ code }: { code: string }) => code)).toEqual(['HQ']);
      const cleared = await change('ROME', { managerId: null });
      expect(cleared.status).toBe(201);
      expect((await api.get('/branches/ROME', 'viewer')).body.managerId).toBeNull();
    });
  });

  it('departments are a tree of their own', async () => {
    expect((await api.get('/departments', 'viewer')).body.data).toEqual([]);
    await api.post('/departments', 'admin', { code: 'CREDIT', name: 'Credit' });
    const small = await api.post('/departments', 'admin', { code: 'SMALL', name: 'Small', parentId: 'CREDIT' });
    expect(small.body.stream).toMatch(/^department-/);
    const top = await patch('/departments/SMALL', 'admin', { parentId: null }, small.body.revision);
    expect(top.body.state).toEqual({ id: 'SMALL', parentId: null, active: true });
    expect((await api.get('/departments/SMALL', 'viewer')).body.path).toEqual(['SMALL']);
    expect((await api.post('/departments', 'manager', { code: 'X', name: 'X' })).status).toBe(403);
  });

  it('what people belong to is closed or joined, not both, when two processes do both at once', async () => {
    const { codec, clock } = api.core;
    const store = new PostgresEventStore({ connectionString: api.databaseUrl, readers: 2 });
    const access = new AccessState(store, codec, clock);
    const [book, positions] = [new UnitBook(store, codec), new PositionBook(store, codec)];
    await Promise.all([access.start(), book.onApplicationBootstrap(), positions.onApplicationBootstrap()]);
    const elsewhere = new UserFacts(access, new KnownPlaces(book, positions));
    const people = new UserOrders(new UserStreams(store, codec), elsewhere, access);
    const units = new Units(new UnitStreams(store, codec), book, access, api.app.get(CalendarCatalogue));
    const posts = new PositionOrders(new PositionStreams(store, codec), positions, book, access);
    const by = () => ({
      commandId: randomUUID(),
      commandHash: '',
      actor: { id: 'system', kind: 'system', roles: [] } as const,
      workspaceId: 'demo',
      now: clock.now().toISOString(),
      correlationId: 'c',
      causationId: 'c',
    });
    const person = (place: object) => ({ username: `u${randomUUID().slice(0, 13)}`, roles: [], ...place });
    const rooms = [
      ['/branches', 'branchId', (code: string, metadata = by()) => units.deactivate('branch', code, metadata, {})],
      ['/departments', 'departmentId', (code: string, m = by()) => units.deactivate('department', code, m, {})],
      ['/positions', 'positionId', (code: string, metadata = by()) => posts.deactivate(code, metadata, {})],
    ] as const;
    for (const [path] of rooms)
      for (const code of ['JOINED', 'CLOSED'])
        await api.post(path, 'admin', path === '/positions' ? { code, title: code } : { code, name: code });
    await Promise.all([access.current(), book.current(), positions.current()]);
    // From here on it hears of nothing by itself, as if its news were late.
    await Promise.all([access.stop(), book.onApplicationShutdown(), positions.onApplicationShutdown()]);

    for (const [path, place, close] of rooms) {
      const joined = await api.post('/users', 'admin', person({ [place]: 'JOINED' }));
      expect(joined.status).toBe(201);
      const order = by();
      await expect(close('JOINED', order)).rejects.toBeInstanceOf(NotPossibleNow);
      await expect(close('JOINED', order)).rejects.toBeInstanceOf(NotPossibleNow);
      expect((await api.get(`${path}/JOINED`, 'admin')).body.active).toBe(true);

      expect((await api.post(`${path}/CLOSED/deactivate`, 'admin')).status).toBe(201);
      const userId = randomUUID();
      const data = { ...person({}), branchId: 'HQ', [place]: 'CLOSED', userId };
      const late = people.send({ type: 'RegisterUser', data, metadata: by() });
      await expect(late).rejects.toBeInstanceOf(InvalidPlace);
      expect((await store.readStream(`user-${userId}`)).events).toEqual([]);
    }
    await store.close();
  });

  describe('row access by branch', () => {
    let review: string;
    const sees = async (as: string) => {
      const { status } = await api.get(`/reviews/${review}`, as);
      const { body } = await api.get('/reviews?limit=100', as, { 'consistency-token': api.token() });
      const isListed = body.data.some(({ id }: { id: string }) => id === review);
      expect([as, isListed]).toEqual([as, status === 200]);
      return isListed;
    };

    it('reaches the branch and all below it, and follows a move at once', async () => {
      const byName = { ...roleStep('one', 'x'), assignees: [{ type: 'USER', id: api.ids.get('admin') }] };
      review = await startedReview(api, await publishedWorkflow(api, [byName]), {}, 'oslo-officer');
      expect([await sees('north-manager'), await sees('south-manager'), await sees('oslo-viewer')]).toEqual([
        true,
        false,
        true,
      ]);
      expect((await change('OSLO', { parentId: 'SOUTH' })).status).toBe(201);
      expect([await sees('north-manager'), await sees('south-manager'), await sees('manager')]).toEqual([
        false,
        true,
        true,
      ]);
      const dismiss = { items: ['x'], reason: 'x' };
      expect((await api.post(`/reviews/${review}/dismiss-changes`, 'north-manager', dismiss)).status).toBe(404);
      const { body } = await api.get('/dashboard/summary', 'south-manager', { 'consistency-token': api.token() });
      expect(body.byStatus.in_review).toBe(1);
    });
  });

  it('what can be chosen is told to everybody, by name', async () => {
    const { body } = await api.get('/enums', 'viewer');
    const { body: one } = await api.get('/enums/review-status', 'viewer');
    expect(body.data.find(({ name }: { name: string }) => name === 'review-status')).toEqual(one);
    expect(one.values[3]).toEqual({
      value: 'changes_requested',
      label: 'Changes requested',
      order: 3,
      deprecated: false,
      transitionsTo: ['in_review', 'on_hold', 'rejected', 'withdrawn', 'cancelled'],
    });
    for (const { value } of one.values)
      expect((await api.get(`/reviews?limit=1&status=${value}`, 'viewer')).status).toBe(200);
    expect((await api.get('/reviews?status=lost', 'viewer')).status).toBe(400);
    expect((await api.get('/enums/colours', 'viewer')).body.code).toBe('not-found');
  });

  describe('settings', () => {
    const put = (key: string, as: string, body: object, headers: Record<string, string> = {}) =>
      api.call('PUT', `/settings/${key}`, { as, body, headers });
    const holds = async (key: string, query = '') => {
      const { body } = await api.get(`/settings/effective${query}`, 'officer');
      return body.data.find((setting: { key: string }) => setting.key === key);
    };

    it('tell what holds, and never a secret', async () => {
      const { body } = await api.get('/settings', 'auditor');
      expect(body.data.find(({ key }: { key: string }) => key === 'refresh-token-days')).toMatchObject({
        scope: 'workspace',
        default: 7,
        value: 7,
        isSet: false,
        source: 'default',
      });
      const server = body.data.find(({ key }: { key: string }) => key === 'mail-server');
      expect(server).toMatchObject({ secret: true, value: null, isSet: true, source: 'system', variable: 'SMTP_URL' });
      for (const path of ['', '/effective', '/mail-server', '/mail-server/history'])
        expect(JSON.stringify((await api.get(`/settings${path}`, 'admin')).body)).not.toContain('Hidden-Word');
      const refused = await put('mail-server', 'admin', { value: 'smtp://x' });
      expect([refused.status, refused.body.detail]).toEqual([
        409,
        'mail-server is set by SMTP_URL in the environment of the program.',
      ]);
    });

    it('are set by administrators, for the workspace and for branches', async () => {
      expect((await put('step-sla-hours', 'manager', { value: 8 })).status).toBe(403);
      const before = new Date().toISOString();
      const first = await put('step-sla-hours', 'admin', { value: 48 });
      expect([first.status, first.body.events[0].type]).toEqual([201, 'SettingChanged']);
      expect((await put('step-sla-hours', 'admin', { value: 48 })).status).toBe(200);
      await put('step-sla-hours', 'admin', { value: 24, branchId: 'SOUTH' });
      await put('step-sla-hours', 'admin', { value: 12, branchId: 'EUROPE', effectiveFrom: '2099-01-01T00:00:00Z' });
      expect(await holds('step-sla-hours')).toMatchObject({ value: 48, source: 'workspace' });
      expect(await holds('step-sla-hours', '?branchId=OSLO')).toMatchObject({ value: 24, branchId: 'SOUTH' });
      expect(await holds('step-sla-hours', '?branchId=NORTH')).toMatchObject({ value: 48 });
      expect(await holds('step-sla-hours', '?branchId=NORTH&asOf=2099-01-02T00:00:00Z')).toMatchObject({ value: 12 });
      expect(await holds('step-sla-hours', `?branchId=OSLO&asOf=${before}`)).toMatchObject({ value: null });
      expect((await api.get('/settings/effective?branchId=NOWHERE', 'admin')).status).toBe(404);
    });

    it('are inherited, at an earlier time, from what stood above the branch then', async () => {
      const below = (parentId: string) => change('OSLO', { parentId });
      await put('step-sla-hours', 'admin', { value: 24, branchId: 'SOUTH' });
      expect((await below('NORTH')).status).toBe(201);
      const then = new Date().toISOString();
      expect((await below('SOUTH')).status).toBe(201);
      expect(await holds('step-sla-hours', `?branchId=OSLO&asOf=${then}`)).toMatchObject({ value: 48, branchId: null });
      expect(await holds('step-sla-hours', '?branchId=OSLO')).toMatchObject({ value: 24, branchId: 'SOUTH' });
    });

    it.each([
      ['step-sla-hours', { value: 0 }, '/value'],
      ['step-sla-hours', { value: [1] }, '/value'],
      ['step-sla-hours', {}, '/value'],
      ['step-sla-hours', { value: 1, inherit: true }, '/value'],
      ['step-sla-hours', { value: 1, branchId: 'NOWHERE' }, '/branchId'],
      ['refresh-token-days', { value: 8, branchId: 'SOUTH' }, '/branchId'],
      ['review-calendar', { value: 'nowhere' }, '/value'],
      ['step-sla-hours', { value: 1, effectiveFrom: '2020-01-01T00:00:00Z' }, '/effectiveFrom'],
    ])('%s is not set to %j', async (key, body, pointer) => {
      const answer = await put(key, 'admin', body);
      expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([422, pointer]);
    });

    it('have a history and differences, and are given up', async () => {
      const { body: seen } = await api.get('/settings/step-sla-hours', 'viewer');
      expect(seen.entries).toHaveLength(3);
      const stale = await put('step-sla-hours', 'admin', { value: 1 }, { 'if-match': '"0"' });
      expect([stale.status, stale.body.currentRevision]).toEqual([412, seen.revision]);
      const cleared = await put('step-sla-hours', 'admin', { inherit: true, branchId: 'SOUTH' });
      expect(cleared.body.events[0].type).toBe('SettingCleared');
      const { body } = await api.get('/settings/step-sla-hours/history', 'auditor');
      expect(body.data.map(({ data }: { data: { value?: number } }) => data.value)).toEqual([48, 24, 12, undefined]);
      const { body: diff } = await api.get('/settings/step-sla-hours/diff', 'auditor');
      expect(diff.fields).toEqual([{ path: '/branches/SOUTH', op: 'remove', before: 24, after: null }]);
      expect((await api.get('/settings/colour', 'admin')).status).toBe(404);
    });

    it('take effect: deadlines, calendars, sessions', async () => {
      const week = { monday: [{ from: '09:00', to: '17:00' }] };
      expect((await api.post('/calendars', 'admin', { key: 'mondays', name: 'Mondays', week })).status).toBe(201);
      expect((await change('NORTH', { calendarId: 'mondays' })).status).toBe(201);
      await api.register('north-officer', 'officer', 'demo', 'NORTH');
      const days = roleStep('days', 'manager', 1, { sla: { value: 1, unit: 'BUSINESS_DAY' } });
      const workflow = await publishedWorkflow(api, [roleStep('one', 'manager'), days]);
      const started = await startedReview(api, workflow, {}, 'north-officer');
      const { body: review } = await api.get(`/reviews/${started}`, 'manager');
      const { body: events } = await api.get(`/reviews/${started}/events`, 'manager');
      expect(events.data[0].data.calendar).toBe('mondays');
      const budget = Date.parse(review.steps[0].dueAt) - Date.parse(events.data[0].recordedAt);
      expect(budget).toBe(48 * 3_600_000);

      expect((await put('refresh-token-days', 'admin', { value: 1 })).status).toBe(201);
      const password = 'countersign-demo';
      await api.call('POST', '/auth/login', { body: { username: 'viewer', password } });
      const { body: sessions } = await api.get('/auth/sessions', 'viewer');
      const lives = ({ createdAt, expiresAt }: { createdAt: string; expiresAt: string }) =>
        Math.round((Date.parse(expiresAt) - Date.parse(createdAt)) / 86_400_000);
      expect(sessions.data.map(lives)).toEqual([1, 7]);
    });
  });

  describe('customers', () => {
    const body = (number: string, more: object = {}) => ({
      number,
      type: 'individual',
      name: `Client ${number}`,
      branchId: 'OSLO',
      ...more,
    });
    const numbers = async (as: string, query = '') => {
      const { body: found } = await api.get(`/customers?limit=100${query}`, as, { 'consistency-token': api.token() });
      return found.data.map(({ number }: { number: string }) => number);
    };
    let oslo: string;
    let head: string;

    it('are registered as far as the permission reaches, once per number', async () => {
      const own = await api.post(
        '/customers',
        'oslo-officer',
        body('C-1', { email: 'c@example.com', birthDate: '1980-02-29' }),
      );
      expect([own.status, own.body.state, own.headers.get('location')]).toEqual([
        201,
        { status: 'active' },
        `/api/v1/customers/${own.body.customerId}`,
      ]);
      oslo = own.body.customerId;
      const parties = [{ customerId: oslo, relation: 'guarantor' }];
      const made = await api.post('/customers', 'admin', body('C-2', { branchId: 'HQ', relatedParties: parties }));
      expect(made.status).toBe(201);
      head = made.body.customerId;
      const refused = async (as: string, more: object) => {
        const { status, body: problem } = await api.post('/customers', as, body('C-3', more));
        return [status, problem.code];
      };
      expect(await refused('oslo-officer', { branchId: 'HQ' })).toEqual([403, 'forbidden']);
      expect(await refused('oslo-officer', { ownerOfficerId: api.ids.get('officer') })).toEqual([403, 'forbidden']);
      expect(await refused('north-manager', { branchId: 'SOUTH' })).toEqual([403, 'forbidden']);
      expect(await refused('oslo-viewer', {})).toEqual([403, 'forbidden']);
      expect(await refused('admin', { number: 'C-1' })).toEqual([409, 'already-exists']);
      expect(await refused('admin', { branchId: 'NOWHERE' })).toEqual([422, 'validation-failed']);
      expect(await refused('admin', { ownerOfficerId: 'nobody' })).toEqual([422, 'validation-failed']);
      expect(await refused('admin', { relatedParties: [{ customerId: 'x', relation: 'spouse' }] })).toEqual([
        422,
        'validation-failed',
      ]);
      expect(await refused('admin', { type: 'robot' })).toEqual([422, 'validation-failed']);
    });

    it('are seen by branch, in lists and one by one', async () => {
      for (const [as, seen] of [
        ['admin', ['C-1', 'C-2']],
        ['auditor', ['C-1', 'C-2']],
        ['south-manager', ['C-1']], // OSLO lies below SOUTH by now
        ['oslo-viewer', ['C-1']],
        ['north-manager', []],
        ['other-admin', []],
      ] as const) {
        expect([as, await numbers(as)]).toEqual([as, seen]);
        expect([as, (await api.get(`/customers/${oslo}`, as)).status]).toEqual([as, seen.length > 0 ? 200 : 404]);
        expect([as, (await api.get(`/customers/${oslo}/history`, as)).status]).toEqual([
          as,
          seen.length > 0 ? 200 : 404,
        ]);
      }
      expect(await numbers('admin', '&text=client%20c-2')).toEqual(['C-2']);
      expect(await numbers('admin', `&owner=${api.ids.get('oslo-officer')}`)).toEqual(['C-1']);
      expect(await numbers('admin', '&branch=HQ&type=individual&status=active')).toEqual(['C-2']);
    });

    it('are changed by their owner and those above, at the revision that was seen', async () => {
      const before = new Date().toISOString();
      const path = `/customers/${oslo}`;
      expect((await patch(path, 'oslo-officer', { name: 'x' }, undefined)).status).toBe(428);
      expect((await patch(`/customers/${head}`, 'oslo-officer', { name: 'x' }, 0)).status).toBe(404);
      expect((await patch(path, 'oslo-officer', { branchId: 'NORTH', ownerOfficerId: null }, 0)).status).toBe(201);
      const { body: receipt } = await patch(path, 'north-manager', { name: 'Carla', email: null }, 1);
      expect(receipt.events.map(({ type }: { type: string }) => type)).toEqual(['CustomerDetailsChanged']);
      expect((await patch(path, 'north-manager', { name: 'Late' }, 1)).status).toBe(412);
      expect((await patch(path, 'north-manager', { branchId: 'SOUTH' }, 2)).status).toBe(403);
      const { body: now } = await api.get(path, 'north-manager');
      expect(now).toMatchObject({ name: 'Carla', email: null, birthDate: '1980-02-29', branchId: 'NORTH' });
      const { body: then } = await api.get(`${path}?asOf=${before}`, 'north-manager');
      expect(then).toMatchObject({ name: 'Client C-1', email: 'c@example.com', branchId: 'OSLO' });
      const token = { 'consistency-token': api.token() };
      const { body: past } = await api.get(`/customers?asOf=${before}`, 'north-manager', token);
      expect(past.data).toMatchObject([{ id: oslo, name: 'Client C-1', branchId: 'OSLO' }]);
      const { body: diff } = await api.get(`${path}/diff?from=0`, 'north-manager');
      expect(diff.fields.map((field: { path: string }) => field.path).toSorted()).toEqual([
        '/branchId',
        '/email',
        '/name',
        '/ownerOfficerId',
      ]);
      expect((await api.post(`${path}/deactivate`, 'north-manager')).body.state).toEqual({ status: 'deactivated' });
      expect((await api.post(`${path}/deactivate`, 'north-manager')).status).toBe(200);
      expect((await api.post(`${path}/activate`, 'south-manager')).status).toBe(404);
      expect((await api.post(`${path}/activate`, 'admin')).body.state).toEqual({ status: 'active' });
    });

    it('are sealed in the log', async () => {
      const { events } = await api.core.store.readAll({
        after: 'start',
        limit: 10_000,
        types: ['CustomerRegistered', 'CustomerDetailsChanged'],
      });
      const text = JSON.stringify(events.map(({ data }) => data));
      expect(events.length).toBeGreaterThan(2);
      expect(text).not.toMatch(/Carla|Client|example\.com|1980/);
    });
  });

  it('the guide: every line works', async () => {
    const guide = await readFile('docs/guides/administration.md', 'utf8');
    const sections = guide.slice(guide.indexOf('## Branches, departments, customers'));
    const lines = [...sections.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, text]) =>
      text!.replaceAll('\\\n', '').split(/^curl/m),
    );
    const said = lines.filter((line) => line.trim() !== '');
    expect(said).toHaveLength(6);
    for (const line of said) {
      const [, method = 'GET'] = /-X (\w+)/.exec(line) ?? [];
      const [, path = ''] = /\$BASE([^\s"]+)/.exec(line) ?? [];
      const [, json] = /-d '([^']+)'/.exec(line) ?? [];
      const [, seen] = /if-match: ("\d+")/.exec(line) ?? [];
      const body: unknown = json === undefined ? undefined : JSON.parse(json);
      const { status } = await api.call(method, path, {
        as: 'other-admin',
        body,
        headers: seen ? { 'if-match': seen } : {},
      });
      expect([line, status]).toEqual([line, method === 'GET' ? 200 : 201]);
    }
  });
});
