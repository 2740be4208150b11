import { randomUUID } from 'node:crypto';
import { AccessRecords } from '#libs/identity/application/access-records';
import { personKeyRef } from '#libs/event-store/application/subject-keys';
import type { Recorded } from '#libs/kernel/domain/message';
import { installation, type ApiInstallation } from './api.examples.js';

describe('records of access', () => {
  let api: ApiInstallation;
  let records: AccessRecords;
  beforeAll(async () => {
    api = await installation({ TRUSTED_PROXIES: '1' });
    records = api.app.get(AccessRecords);
  });
  afterAll(() => api.stop());

  const password = 'countersign-demo';
  const headers = { 'x-forwarded-for': '203.0.113.9' };
  const login = (username: string, typed = password, more = {}) =>
    api.call('POST', '/auth/login', { body: { username, password: typed }, headers: { ...headers, ...more } });
  const newcomer = async () => {
    const username = `u${randomUUID()}`;
    await api.register(username, 'officer', 'demo');
    return { username, id: api.ids.get(username)! };
  };
  /** Everything recorded about somebody, by its type. */
  const recorded = async (type: string, userId: string | undefined) => {
    await records.flush();
    const { store, codec } = api.core;
    const { events } = await store.readAll({ after: 'start', limit: 100_000, types: [type] });
    const all = (await codec.decode(events)) as Recorded<{ type: string; data: any }>[];
    return all.filter(({ data }) => data.userId === userId);
  };
  const lines = async (type: string, actorId: string, count: number) => {
    for (;;) {
      const { body } = await api.get(`/audit/trail?type=${type}&actor=${actorId}`, 'auditor');
      if (body.data.length >= count)
        return body.data as { type: string; actorId: string; summary: string; stream: string }[];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  it('tell who signed in, by which request and from where; the address is theirs and goes with them', async () => {
    const ann = await newcomer();
    const { body } = await login(ann.username, password, { 'request-id': 'the-sign-in' });
    const sid = JSON.parse(Buffer.from(body.accessToken.split('.')[1], 'base64url').toString()).sid;
    const stream = `session-${sid}`;
    const [opened] = (await recorded('SessionOpened', ann.id)).filter(({ streamId }) => streamId === stream);
    expect(opened).toMatchObject({
      data: { userId: ann.id, by: 'password', address: '203.0.113.9' },
      actor: { id: ann.id, kind: 'user' },
      workspaceId: 'demo',
      requestId: 'the-sign-in',
    });
    const { events } = await api.core.store.readStream(stream);
    expect(JSON.stringify(events[0]!.data)).not.toContain('203.0.113.9');
    const line = (await lines('SessionOpened', ann.id, 2)).find((each) => each.stream === stream);
    expect(line?.summary).toBe(`User ${ann.id} signed in (password)`);
    const shown = await api.get(`/audit/streams/${stream}/events`, 'auditor');
    expect(shown.body.data[0].data.address).toBe('203.0.113.9');
    await api.core.subjectKeys.destroy(personKeyRef(ann.id));
    expect((await recorded('SessionOpened', ann.id)).map(({ data }) => data.address)).toEqual([
      { $erased: true },
      { $erased: true },
    ]);
  });

  it('tell of failed sign-ins: one at once, the same again within a minute as one more', async () => {
    const ann = await newcomer();
    for (let wrong = 1; wrong <= 5; wrong++) await login(ann.username, `secret guess ${wrong}`);
    for (let locked = 1; locked <= 3; locked++) expect((await login(ann.username)).status).toBe(429);
    const failed = await recorded('SignInFailed', ann.id);
    expect(failed.map(({ data: { cause, times, address } }) => [cause, times, address])).toEqual([
      ['wrong-secret', 1, '203.0.113.9'],
      ['locked', 1, '203.0.113.9'],
      ['wrong-secret', 4, '203.0.113.9'],
      ['locked', 2, '203.0.113.9'],
    ]);
    expect(failed[2]!.data.from <= failed[2]!.data.until).toBe(true);
    expect(JSON.stringify(failed, (_, it: unknown) => (typeof it === 'bigint' ? '' : it))).not.toContain('guess');
    expect((await lines('SignInFailed', ann.id, 4)).map(({ summary }) => summary)).toContain(
      `Sign-in failed (wrong-secret) for ${ann.id}, 4 time(s)`,
    );
  });

  it('tell of strangers without what they typed', async () => {
    const from = { 'x-forwarded-for': '203.0.113.77' };
    for (let i = 0; i < 50; i++) await login(`hunter2-${i}`, 'x', from);
    const strangers = (await recorded('SignInFailed', undefined)).filter(({ data }) => data.address === '203.0.113.77');
    expect(strangers.map(({ data }) => data.times)).toEqual([1, 49]);
    const { events } = await api.core.store.readAll({ after: 'start', limit: 100_000 });
    expect(JSON.stringify(events, (_, it: unknown) => (typeof it === 'bigint' ? '' : it))).not.toContain('hunter2');
  });

  it('tell what was refused to whom, without letting anybody fill the log', async () => {
    const ann = await newcomer();
    const as = (await login(ann.username)).body.accessToken as string;
    const refused = await Promise.all(Array.from({ length: 200 }, () => api.get('/webhooks', as, headers)));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([403]));
    await api.post('/service-accounts', as, { name: 'mine' });
    const told = await recorded('PermissionRefused', ann.id);
    expect(told.map(({ data: { permission, route, times } }) => [permission, route, times])).toEqual([
      ['webhook:manage', 'GET webhooks', 1],
      ['service-account:manage', 'POST service-accounts', 1],
      ['webhook:manage', 'GET webhooks', 199],
    ]);
    expect(told[0]).toMatchObject({ actor: { id: ann.id, roles: ['officer'] }, workspaceId: 'demo' });
    expect((await lines('PermissionRefused', ann.id, 3)).length).toBe(3);
    const { body } = await api.get('/audit/trail?type=PermissionRefused', 'other-admin');
    expect(body.data).toEqual([]);
  });

  it('tell of service accounts too', async () => {
    const { body } = await api.post('/service-accounts', 'admin', { name: 'portal' });
    const ask = (secret: string) =>
      api.call('POST', '/auth/token', {
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: body.clientId,
          client_secret: secret,
        }).toString(),
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect([(await ask(body.clientSecret)).status, (await ask('wrong')).status]).toEqual([200, 401]);
    expect(await recorded('SessionOpened', body.clientId)).toMatchObject([{ data: { by: 'client-secret' } }]);
    expect(await recorded('SignInFailed', body.clientId)).toMatchObject([
      { actor: { id: body.clientId, kind: 'service' }, data: { cause: 'wrong-secret', times: 1 } },
    ]);
  });
});
