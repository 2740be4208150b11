import { installation, publishedWorkflow, roleStep, startedReview, type ApiInstallation } from './api.examples.js';

/** Branches, departments and how far they let people see. */
describe('the organization over HTTP', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
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
});
