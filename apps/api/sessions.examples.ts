import { randomUUID } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { openCore } from '#libs/composition/core';
import { run, type Running } from '#libs/composition/running';
import { DeactivateUserCommand, RevokeRoleCommand } from '#libs/identity/application/commands/change-user.handlers';
import { SessionStreams } from '#libs/identity/application/session-streams';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { installation, type ApiInstallation } from './api.examples.js';
import { createApi } from './bootstrap.js';
import { HttpLimits } from './src/http/limits.js';

describe('sessions', () => {
  let api: ApiInstallation;
  /** Another API over the same database and log, with a memory of its own. */
  let other: Running<NestFastifyApplication>;
  let otherUrl: string;

  beforeAll(async () => {
    api = await installation();
    const { config, logger, database } = api.core;
    const core = await openCore({ config, logger, databaseUrl: database.connectionString });
    other = await run(core, (rooms) => createApi({ rooms, limits: new HttpLimits(), logger: false }));
    await other.process([]);
    await other.app.listen(0, '127.0.0.1');
    otherUrl = await other.app.getUrl();
  });
  afterAll(async () => {
    await other.stop();
    await api.stop();
  });

  const password = 'countersign-demo';
  const login = async (username = 'officer') => {
    const { status, body } = await api.call('POST', '/auth/login', { body: { username, password } });
    expect(status).toBe(200);
    return body as { accessToken: string; refreshToken: string; user: { id: string } };
  };
  const newcomer = async (role: 'officer' | 'manager' = 'officer') => {
    const username = `u${randomUUID()}`;
    await api.register(username, role, 'demo');
    return username;
  };
  const refresh = (refreshToken: string) => api.call('POST', '/auth/refresh', { body: { refreshToken } });
  const codeOf = async (accessToken: string, path = '/auth/me') => {
    const { status, body } = await api.get(path, accessToken);
    return status === 200 ? '200' : `${status} ${body.code}`;
  };
  const elsewhere = async (accessToken: string, path = '/auth/me') =>
    (await fetch(`${otherUrl}/api/v1${path}`, { headers: { authorization: `Bearer ${accessToken}` } })).status;
  /** The other process learns it from the log, in its own time. */
  const eventuallyElsewhere = async (accessToken: string, expected: number, path?: string) => {
    while ((await elsewhere(accessToken, path)) !== expected) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const sessionOf = (accessToken: string): string =>
    JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()).sid;
  const by = (): CommandMetadata => ({
    commandId: randomUUID(),
    commandHash: 'h',
    actor: { id: 'system', kind: 'system', roles: [] },
    workspaceId: 'demo',
    now: api.core.clock.now().toISOString(),
    correlationId: 'c',
    causationId: 'c',
  });
  const trail = async (stream: string) =>
    (await api.get(`/audit/trail?stream=${stream}`, 'admin', { 'consistency-token': api.token() })).body.data as {
      type: string;
      summary: string;
      actorId: string;
    }[];

  it('of 32 exchanges of one token at once one succeeds, and the session goes on', async () => {
    const first = await login();
    const answers = await Promise.all(Array.from({ length: 32 }, () => refresh(first.refreshToken)));
    const told = answers.map(({ status, body }) => (status === 200 ? '200' : `${status} ${body.code}`));
    expect(told.filter((each) => each === '200')).toHaveLength(1);
    expect(told.filter((each) => each === '401 token-reused')).toHaveLength(31);
    const { body } = answers.find(({ status }) => status === 200)!;
    for (const token of [first.accessToken, body.accessToken]) expect(await codeOf(token)).toBe('200');
    expect((await refresh(body.refreshToken)).status).toBe(200);
  });

  it('end as a family when a token comes back after a second: access tokens, successor, and an event', async () => {
    const first = await login();
    const { body: second } = await refresh(first.refreshToken);
    await api.core.database.pool.query(
      `UPDATE identity.refresh_tokens SET rotated_at = rotated_at - interval '1001 ms'
       WHERE session_id = $1 AND rotated_at IS NOT NULL`,
      [sessionOf(first.accessToken)],
    );
    expect((await refresh(first.refreshToken)).body).toMatchObject({ status: 401, code: 'token-reused' });
    for (const token of [first.accessToken, second.accessToken])
      expect(await codeOf(token)).toBe('401 unauthenticated');
    expect((await refresh(second.refreshToken)).body.code).toBe('unauthenticated');
    await eventuallyElsewhere(second.accessToken, 401);
    const stream = await api.core.store.readStream(`session-${sessionOf(first.accessToken)}`);
    expect(stream.events.at(-1)).toMatchObject({ type: 'SessionRevoked', data: { cause: 'reuse' } });
  });

  it('are refused with the next request after the logout, in every process', async () => {
    const { accessToken, refreshToken } = await login();
    expect(await elsewhere(accessToken)).toBe(200);
    expect((await api.call('POST', '/auth/logout', { as: accessToken, body: { refreshToken } })).status).toBe(204);
    expect(await codeOf(accessToken)).toBe('401 unauthenticated');
    expect((await refresh(refreshToken)).body.code).toBe('unauthenticated');
    await eventuallyElsewhere(accessToken, 401);
  });

  it('stay over when their end was recorded and nothing else, however long ago', async () => {
    const { refreshToken, accessToken, user } = await login();
    const sessionId = sessionOf(accessToken);
    const now = new Date(api.core.clock.now().getTime() - 26 * 3_600_000).toISOString();
    const data = { sessionId, userId: user.id, cause: 'revoked' } as const;
    const order = { type: 'RevokeSession', data, facts: {}, metadata: { ...by(), now } } as const;
    await api.app.get(SessionStreams, { strict: false }).handle(sessionId, order);
    expect((await refresh(refreshToken)).body.code).toBe('unauthenticated');
  });

  it('are listed newest first, and one can end another, not twice and not somebody else’s', async () => {
    const username = await newcomer();
    const [one, two] = [await login(username), await login(username)];
    const { body } = await api.get('/auth/sessions', two.accessToken);
    const [here, there] = [two, one].map(({ accessToken }) => sessionOf(accessToken));
    expect(body.data.slice(0, 2).map(({ id }: { id: string }) => id)).toEqual([here, there]);
    expect(body.data.filter(({ current }: { current: boolean }) => current)).toMatchObject([{ id: here }]);

    const end = (id: string, as = two.accessToken, query = '') => api.post(`/auth/sessions/${id}/revoke${query}`, as);
    for (const [id, as] of [
      [there, 'manager'],
      [there, 'other-admin'],
      [randomUUID(), two.accessToken],
      ['no-session', two.accessToken],
    ])
      expect((await end(id!, as)).body.code).toBe('not-found');
    expect((await end(there!, two.accessToken, '?dryRun=true')).body).toMatchObject({
      events: [{ type: 'SessionRevoked', data: { cause: 'revoked' } }],
    });
    expect(await codeOf(one.accessToken)).toBe('200');
    expect(await end(there!)).toMatchObject({
      status: 201,
      body: { stream: `session-${there}`, events: [{ type: 'SessionRevoked' }], state: { status: 'revoked' } },
    });
    expect(await end(there!)).toMatchObject({ status: 200, body: { events: [] } });
    expect(await codeOf(one.accessToken)).toBe('401 unauthenticated');
    expect((await refresh(one.refreshToken)).body.code).toBe('unauthenticated');
    await eventuallyElsewhere(one.accessToken, 401);
    expect(await codeOf(two.accessToken)).toBe('200');
    expect((await trail(`session-${there}`))[0]).toMatchObject({
      type: 'SessionRevoked',
      actorId: api.ids.get(username),
    });
  });

  it('do no more than their owner may: a role taken away is gone with the next request, in every process', async () => {
    const username = await newcomer('manager');
    const { accessToken, user } = await login(username);
    const read = '/dashboard/summary';
    expect([await codeOf(accessToken, read), await elsewhere(accessToken, read)]).toEqual(['200', 200]);
    await api.app.get(CommandBus).execute(new RevokeRoleCommand({ userId: user.id, role: 'manager' }, by()));
    expect(await codeOf(accessToken, read)).toBe('403 forbidden');
    await eventuallyElsewhere(accessToken, 403, read);
    expect((await api.get('/auth/me', accessToken)).body).toMatchObject({ user: { roles: [] }, permissions: [] });
  });

  it('end for good with their owner’s account: access and refresh token, in every process', async () => {
    const username = await newcomer();
    const { accessToken, refreshToken, user } = await login(username);
    expect(await elsewhere(accessToken)).toBe(200);
    await api.app.get(CommandBus).execute(new DeactivateUserCommand({ userId: user.id }, by()));
    expect(await codeOf(accessToken)).toBe('401 unauthenticated');
    expect((await refresh(refreshToken)).status).toBe(401);
    expect((await api.call('POST', '/auth/login', { body: { username, password } })).status).toBe(401);
    await eventuallyElsewhere(accessToken, 401);
    expect((await api.get(`/users/${user.id}/sessions`, 'admin')).body.data).toEqual([]);
  });
});
