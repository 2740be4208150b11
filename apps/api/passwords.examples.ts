import { randomUUID } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import { hash as bcrypt } from 'bcryptjs';
import { makeFirstAdministrator } from '#libs/composition/first-administrator';
import { AccessState } from '#libs/identity/application/access-state';
import { CredentialStreams } from '#libs/identity/application/credential-streams';
import { Credentials } from '#libs/identity/application/credentials';
import { Passwords } from '#libs/identity/application/passwords';
import { SessionStreams } from '#libs/identity/application/session-streams';
import { installation, type ApiInstallation } from './api.examples.js';

describe('passwords', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    api = await installation();
  });
  afterAll(() => api.stop());

  const OLD = 'countersign-demo';
  const NEW = 'a horse, a battery';
  const login = (username: string, password: string) =>
    api.call('POST', '/auth/login', { body: { username, password } });
  const signedIn = async (username: string, password = OLD) => {
    const { status, body } = await login(username, password);
    expect(status).toBe(200);
    return body as { accessToken: string; refreshToken: string };
  };
  const newcomer = async () => {
    const username = `u${randomUUID()}`;
    await api.register(username, 'officer', 'demo');
    return username;
  };
  const statusOf = async (accessToken: string) => (await api.get('/auth/me', accessToken)).status;
  const change = (as: string, currentPassword: string, newPassword: string) =>
    api.post('/auth/change-password', as, { currentPassword, newPassword });
  const reset = (username: string, as = 'admin', more = {}) =>
    api.post(`/users/${api.ids.get(username)}/reset-password`, as, {}, more);
  /** Once the worker has read so many events of theirs. */
  const trail = async (username: string, lines: number) => {
    for (;;) {
      const { body } = await api.get(`/audit/trail?stream=credential-${api.ids.get(username)}`, 'admin');
      if (body.data.length >= lines) return body.data as { type: string; actorId: string }[];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  /** The next call of a method begins when `before` is over. */
  const once = <Name extends string>(
    it: Record<Name, (...asked: never[]) => unknown>,
    name: Name,
    before: () => unknown,
  ) => {
    const real = it[name];
    it[name] = async (...asked) => {
      it[name] = real;
      await before();
      return real.apply(it, asked);
    };
  };
  const refused = async ({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }) => [
    await statusOf(accessToken),
    (await api.call('POST', '/auth/refresh', { body: { refreshToken } })).status,
  ];

  describe('that are replaced while somebody signs in with them', () => {
    const credentials = () => api.app.get(Credentials, { strict: false });

    it('open nothing once it is recorded, though the new one is not there yet', async () => {
      for (const replace of [
        async (ann: string) => expect((await reset(ann)).status).toBe(201),
        async (_: string, as: string) => expect((await change(as, OLD, NEW)).status).toBe(204),
      ]) {
        const ann = await newcomer();
        const { accessToken } = await signedIn(ann);
        let meanwhile = 0;
        once(credentials(), 'put', async () => (meanwhile = (await login(ann, OLD)).status));
        await replace(ann, accessToken);
        expect(meanwhile).toBe(401);
      }
    });

    it('open nothing after a reset that broke off', async () => {
      const ann = await newcomer();
      once(credentials(), 'put', () => {
        throw new Error('the database is gone');
      });
      expect((await reset(ann)).status).toBe(500);
      expect((await login(ann, OLD)).status).toBe(401);
      await signedIn(ann, (await reset(ann)).body.oneTimeSecret as string);
    });

    it('open no session that outlives them: opened after the change was asked for', async () => {
      const ann = await newcomer();
      const { accessToken } = await signedIn(ann);
      let opened = { accessToken: '', refreshToken: '' };
      once(api.app.get(CredentialStreams, { strict: false }), 'handle', async () => (opened = await signedIn(ann)));
      expect((await change(accessToken, OLD, NEW)).status).toBe(204);
      expect(await refused(opened)).toEqual([401, 401]);
      expect(await statusOf(accessToken)).toBe(200);
    });

    it('open no session that outlives them: tried before the change, opened after it', async () => {
      const ann = await newcomer();
      const { accessToken } = await signedIn(ann);
      once(api.app.get(SessionStreams, { strict: false }), 'handle', () => change(accessToken, OLD, NEW));
      expect((await login(ann, OLD)).status).toBe(401);
      const { body } = await api.get('/auth/sessions', accessToken);
      expect(body.data).toMatchObject([{ current: true }]);
    });

    it('do not come back when they are kept in an old form and written anew', async () => {
      const ann = await newcomer();
      const keep = (hash: string) =>
        api.core.database.pool.query('UPDATE identity.credentials SET password_hash = $2 WHERE user_id = $1', [
          api.ids.get(ann),
          hash,
        ]);
      await keep(await bcrypt(OLD, 4));
      const next = await api.app.get(Passwords, { strict: false }).hash(NEW);
      once(credentials(), 'rehash', () => keep(next)); // another process
      await login(ann, OLD);
      expect((await login(ann, OLD)).status).toBe(401);
      await signedIn(ann, NEW);
    });
  });

  it('of a first administrator are there once the person is: what broke off is brought to its end', async () => {
    const first = { username: `u${randomUUID()}`, password: OLD, workspaceId: 'demo' };
    const tools = { commands: api.app.get(CommandBus), access: api.app.get(AccessState), now: api.core.clock.now() };
    once(api.app.get(Credentials, { strict: false }), 'put', () => {
      throw new Error('the database is gone');
    });
    await expect(makeFirstAdministrator(first, tools)).rejects.toThrow('the database is gone');
    expect(await makeFirstAdministrator(first, tools)).toBe(true);
    await signedIn(first.username);
    expect(await makeFirstAdministrator({ ...first, password: NEW }, tools)).toBe(false);
    await signedIn(first.username);
  });

  describe('changed by their owner', () => {
    it('end all other sessions and none of one’s own', async () => {
      const ann = await newcomer();
      const [here, there] = [await signedIn(ann), await signedIn(ann)];
      expect(await change(here.accessToken, OLD, NEW)).toMatchObject({ status: 204, body: '' });
      expect([await statusOf(here.accessToken), await statusOf(there.accessToken)]).toEqual([200, 401]);
      const refresh = async (refreshToken: string) =>
        (await api.call('POST', '/auth/refresh', { body: { refreshToken } })).status;
      expect([await refresh(here.refreshToken), await refresh(there.refreshToken)]).toEqual([200, 401]);
      expect((await login(ann, OLD)).status).toBe(401);
      expect(await statusOf((await signedIn(ann, NEW)).accessToken)).toBe(200);
    });

    it('need the one before, and are neither short, nor long, nor the name, nor the same', async () => {
      const ann = await newcomer();
      const { accessToken } = await signedIn(ann);
      for (const [current, next, pointer] of [
        ['not this one', NEW, '/currentPassword'],
        [OLD, 'short', '/newPassword'],
        [OLD, 'x'.repeat(257), '/newPassword'],
        [OLD, ann.toUpperCase(), '/newPassword'],
        [OLD, OLD, '/newPassword'],
      ] as const) {
        const { status, body } = await change(accessToken, current, next);
        expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
      }
      await signedIn(ann);
    });

    it('are guessed no more often here than at the door', async () => {
      const ann = await newcomer();
      const { accessToken } = await signedIn(ann);
      for (let wrong = 1; wrong <= 5; wrong++)
        expect((await change(accessToken, `wrong ${wrong}`, NEW)).status).toBe(422);
      expect((await change(accessToken, OLD, NEW)).body.code).toBe('rate-limited');
      expect((await login(ann, OLD)).body.code).toBe('rate-limited');
    });

    it('leave nothing of themselves in the log, not even a hash', async () => {
      const ann = await newcomer();
      const { accessToken } = await signedIn(ann);
      const key = { key: 'once' };
      const body = { currentPassword: OLD, newPassword: NEW };
      expect((await api.post('/auth/change-password', accessToken, body, key)).status).toBe(204);
      const { events } = await api.core.store.readStream(`credential-${api.ids.get(ann)}`);
      expect(events.map(({ type, data }) => [type, Object.keys(data).toSorted()])).toEqual([
        ['PasswordChanged', ['at', 'keeps', 'userId']],
      ]);
      const other = await newcomer();
      const { accessToken: theirs } = await signedIn(other);
      expect((await api.post('/auth/change-password', theirs, { ...body, newPassword: `${NEW}!` }, key)).status).toBe(
        204,
      );
      const { events: more } = await api.core.store.readStream(`credential-${api.ids.get(other)}`);
      expect(more[0]!.metadata.commandHash).toBe(events[0]!.metadata.commandHash);
      expect(await trail(ann, 1)).toMatchObject([{ type: 'PasswordChanged', actorId: api.ids.get(ann) }]);
    });
  });

  describe('reset by an administrator', () => {
    it('are a secret for one sign-in, after which its owner chooses another', async () => {
      const ann = await newcomer();
      const { accessToken: before, refreshToken } = await signedIn(ann);
      const { status, body } = await reset(ann);
      expect([status, body.state, body.events[0].type]).toEqual([201, { password: 'reset' }, 'PasswordReset']);
      expect(await statusOf(before)).toBe(401);
      expect((await api.call('POST', '/auth/refresh', { body: { refreshToken } })).status).toBe(401);
      expect((await login(ann, OLD)).status).toBe(401);
      const secret = body.oneTimeSecret as string;
      const { accessToken } = await signedIn(ann, secret);
      expect((await login(ann, secret)).status).toBe(401);
      expect((await change(accessToken, secret, NEW)).status).toBe(204);
      expect(await statusOf(accessToken)).toBe(200);
      await signedIn(ann, NEW);
      expect(await trail(ann, 2)).toMatchObject([
        { type: 'PasswordChanged', actorId: api.ids.get(ann) },
        { type: 'PasswordReset', actorId: api.ids.get('admin') },
      ]);
    });

    it('let in one of many who use the secret at once', async () => {
      const ann = await newcomer();
      const { body } = await reset(ann);
      const answers = await Promise.all(Array.from({ length: 4 }, () => login(ann, body.oneTimeSecret as string)));
      expect(answers.map(({ status }) => `${status}`).toSorted()).toEqual(['200', '401', '401', '401']);
    });

    it('are good for a day', async () => {
      const ann = await newcomer();
      const { body } = await reset(ann);
      expect(Date.parse(body.expiresAt as string) - Date.now()).toBeGreaterThan(23 * 3_600_000);
      await api.core.database.pool.query(
        `UPDATE identity.credentials SET one_time_until = now() - interval '1 second' WHERE user_id = $1`,
        [api.ids.get(ann)],
      );
      expect((await login(ann, body.oneTimeSecret as string)).status).toBe(401);
    });

    it('are told once, kept nowhere readable, and not made by a dry run', async () => {
      const ann = await newcomer();
      const { body: rehearsed } = await api.post(`/users/${api.ids.get(ann)}/reset-password?dryRun=true`, 'admin');
      expect(rehearsed).toMatchObject({ oneTimeSecret: null, events: [{ type: 'PasswordReset' }] });
      await signedIn(ann);
      const first = await reset(ann, 'admin', { key: 'reset-once' });
      const again = await reset(ann, 'admin', { key: 'reset-once' });
      expect([again.headers.get('idempotent-replayed'), again.body.oneTimeSecret]).toEqual(['true', null]);
      await signedIn(ann, first.body.oneTimeSecret as string);
      const { rows } = await api.core.database.pool.query('SELECT * FROM identity.credentials WHERE user_id = $1', [
        api.ids.get(ann),
      ]);
      expect(JSON.stringify(rows)).not.toContain(first.body.oneTimeSecret);
      const { events } = await api.core.store.readStream(`credential-${api.ids.get(ann)}`);
      expect(JSON.stringify(events, (_, it: unknown) => (typeof it === 'bigint' ? String(it) : it))).not.toContain(
        first.body.oneTimeSecret,
      );
    });

    it('open an account that wrong passwords have locked', async () => {
      const ann = await newcomer();
      for (let wrong = 1; wrong <= 5; wrong++) await login(ann, 'not this one');
      expect((await login(ann, OLD)).status).toBe(429);
      const { body } = await reset(ann);
      await signedIn(ann, body.oneTimeSecret as string);
    });

    it('are reset by administrators of the workspace alone', async () => {
      expect((await reset('officer', 'manager')).body.code).toBe('forbidden');
      expect((await reset('officer', 'other-admin')).body.code).toBe('not-found');
      expect((await api.post(`/users/${randomUUID()}/reset-password`, 'admin')).body.code).toBe('not-found');
      await signedIn('officer');
    });
  });
});
