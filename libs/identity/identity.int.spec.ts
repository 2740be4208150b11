import { createHash, createSecretKey, randomUUID } from 'node:crypto';
import { Global, Module, type INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { NestFactory } from '@nestjs/core';
import bcrypt from 'bcryptjs';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { EventStore } from '#libs/event-store/application/event-store';
import { SubjectKeys } from '#libs/event-store/application/subject-keys';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { Clock } from '#libs/kernel/application/clock';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { VirtualClock } from '#libs/kernel/infrastructure/virtual-clock';
import { Branches } from '#libs/organization/application/branches';
import { KnownSettings } from '#libs/organization/application/settings/known-settings';
import { Settings } from '#libs/organization/application/settings/settings';
import { UnitBook } from '#libs/organization/application/units/unit-book';
import { Database } from '#libs/postgres/infrastructure/database';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { AccessState } from './application/access-state.js';
import { Authenticator } from './application/authenticator.js';
import { ChangePassword } from './application/change-password.js';
import {
  ActivateUserCommand,
  DeactivateUserCommand,
  GrantRoleCommand,
  RevokeRoleCommand,
  SuspendUserCommand,
} from './application/commands/change-user.handlers.js';
import { RegisterUserCommand } from './application/commands/register-user.handler.js';
import { CredentialStreams } from './application/credential-streams.js';
import { Directory } from './application/directory.js';
import { AnyPlace, Places } from './application/places.js';
import { Sessions } from './application/sessions.js';
import type { Came } from './application/session-opening.js';
import { SignIn, type SignedIn, type Typed } from './application/sign-in.js';
import { SignOut } from './application/sign-out.js';
import type { Role } from './domain/permissions.js';
import { identityManifest } from './identity.manifest.js';
import { IdentityModule } from './identity.module.js';

/** As EventStoreDB does. */
class SingleStreamStore extends InMemoryEventStore {
  override readonly capabilities = { atomicMultiStream: false, checkOnlyStreams: false, gapless: true };
}

describe('identity', () => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let clock: VirtualClock;
  let store: InMemoryEventStore;
  let signIn: SignIn;

  beforeAll(async () => {
    database = await testDatabase();
  });
  afterAll(() => database.close());

  const start = async () => {
    const keys = new InMemorySubjectKeys();
    const codec = new Codec(new EventRegistry(identityManifest.events), keys);
    @Global()
    @Module({
      providers: [
        { provide: EventStore, useValue: store },
        { provide: SubjectKeys, useValue: keys },
        { provide: Codec, useValue: codec },
        { provide: Clock, useValue: clock },
        { provide: Branches, useClass: UnitBook },
        { provide: Settings, useClass: KnownSettings },
        { provide: Database, useFactory: () => new Database(database.pool) },
        { provide: Places, useClass: AnyPlace },
      ],
      exports: [EventStore, SubjectKeys, Codec, Clock, Database, Settings, Places],
    })
    class Outside {}
    @Module({
      imports: [
        Outside,
        IdentityModule.register({
          signingKeys: [{ kid: 'one', key: createSecretKey(Buffer.alloc(32, 7)) }],
          accessTokenSeconds: 3600,
          wrongPasswordsPerNetwork: 20,
        }),
      ],
    })
    class Installation {}
    app = await NestFactory.createApplicationContext(Installation, { logger: false });
    signIn = app.get(SignIn);
  };
  beforeEach(async () => {
    clock = new VirtualClock('2026-11-22T09:00:00.000Z');
    store = new InMemoryEventStore();
    await database.pool.query(
      'TRUNCATE identity.credentials, identity.sessions, identity.refresh_tokens, identity.login_failures',
    );
    await start();
  });
  afterEach(async () => {
    await app.close();
    await store.close();
  });

  const by = (more: Partial<CommandMetadata> = {}): CommandMetadata => ({
    commandId: randomUUID(),
    commandHash: 'h',
    actor: { id: 'system', kind: 'system', roles: [] },
    workspaceId: 'demo',
    now: clock.now().toISOString(),
    correlationId: 'c',
    causationId: 'c',
    ...more,
  });
  const password = 'countersign-demo';
  const register = async (username: string, role: Role = 'officer', metadata = by()): Promise<string> => {
    const command = new RegisterUserCommand({ username, password, roles: [role] }, metadata);
    const { state } = await app.get(CommandBus).execute(command);
    return (state as { userId: string }).userId;
  };
  const login = (typed: Typed, came: Came = {}) => signIn.login(typed, came, by());
  const authenticate = (token: string) => app.get(Authenticator).authenticate(token);
  const refusal = async (asked: Promise<unknown>) =>
    asked.then(
      () => 'no refusal',
      (error: { code: string }) => error.code,
    );

  it('lets a registered person in, and says who that is', async () => {
    const id = await register('Ann', 'manager');
    const answer = await login({ username: ' ANN ', password });
    expect(answer).toMatchObject({
      expiresIn: 3600,
      user: { id, username: 'Ann', roles: ['manager'], workspaceId: 'demo' },
    });
    const principal = await authenticate(answer.accessToken);
    expect(principal).toMatchObject({ userId: id, workspaceId: 'demo' });
    expect(principal.scope('review:decide')).toBe('branch');
    expect(principal.scope('workflow:manage')).toBeUndefined();
    expect(JSON.parse(Buffer.from(answer.accessToken.split('.')[1]!, 'base64url').toString())).toMatchObject({
      sub: id,
      workspaceId: 'demo',
      roles: ['manager'],
      sid: principal.sessionId,
      permissionsVersion: app.get(Directory).snapshot('demo').revision,
      jti: expect.any(String),
    });
  });

  it('keeps names out of the log: sealed in events, hashed in claims', async () => {
    await register('ann.archer');
    const { events } = await store.readAll({ after: 'start', limit: 100 });
    expect(events.map(({ type }) => type).sort()).toEqual(['Claimed', 'UserRegistered']);
    expect(
      JSON.stringify(events, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toMatch(/ann\.archer/);
  });

  it('gives a username once in the whole installation, however it is spelled', async () => {
    await register('ann');
    expect(await refusal(register('ANN', 'viewer', by({ workspaceId: 'other' })))).toBe('already-exists');
    const race = await Promise.all(Array.from({ length: 8 }, () => refusal(register('bob'))));
    expect(race.filter((answer) => answer === 'no refusal')).toHaveLength(1);
  });

  it('takes a registration sent twice as one', async () => {
    const metadata = by();
    expect(await register('ann', 'officer', metadata)).toBe(await register('ann', 'officer', metadata));
    expect(app.get(Directory).snapshot('demo').holders('officer')).toHaveLength(1);
  });

  it.each([
    ['a', password],
    ['ann ', 'short'],
    ['.ann', password],
    ['an\u0000n', password],
    ['x'.repeat(65), password],
  ])('refuses to register %j', async (username, chosen) => {
    const command = new RegisterUserCommand({ username, password: chosen, roles: [] }, by());
    expect(await refusal(app.get(CommandBus).execute(command))).toBe('validation-failed');
  });

  it('answers an unknown name and a wrong password alike, and locks after five', async () => {
    await register('ann');
    for (const username of ['ann', 'nobody']) {
      for (let wrong = 1; wrong <= 5; wrong++)
        expect(await refusal(login({ username, password: 'not this one' }))).toBe('unauthenticated');
      const locked = await login({ username, password }).catch((error: unknown) => error);
      expect(locked).toMatchObject({ code: 'rate-limited', details: { retryAfter: 5 } });
    }
    clock.advance(5_000);
    expect(await refusal(login({ username: 'ann', password: 'nor this' }))).toBe('unauthenticated');
    expect(await login({ username: 'ann', password }).catch((error: unknown) => error)).toMatchObject({
      details: { retryAfter: 10 },
    });
    clock.advance(10_000);
    await login({ username: 'ann', password });
    expect(await refusal(login({ username: 'ann', password: 'wrong again' }))).toBe('unauthenticated');
    await login({ username: 'ann', password });
  });

  it('never counts right passwords', async () => {
    await register('ann');
    const answers = await Promise.all(Array.from({ length: 20 }, () => refusal(login({ username: 'ann', password }))));
    expect(new Set(answers)).toEqual(new Set(['no refusal']));
  });

  it('of many guesses at once tries five', async () => {
    await register('ann');
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, i) => refusal(login({ username: 'ann', password: `guess number ${i}` }))),
    );
    expect(guesses.filter((answer) => answer === 'unauthenticated')).toHaveLength(5);
    expect(guesses.filter((answer) => answer === 'rate-limited')).toHaveLength(35);
  });

  it('hashes one at a time, lets 64 wait, and sends the rest away', async () => {
    await register('ann');
    const answers = await Promise.all(Array.from({ length: 70 }, () => refusal(login({ username: 'ann', password }))));
    expect(answers.filter((answer) => answer === 'overloaded')).toHaveLength(5);
    expect(answers.filter((answer) => answer === 'no refusal')).toHaveLength(65);
  });

  it('accepts an imported bcrypt hash and replaces it at the first sign-in', async () => {
    const id = await register('ann');
    const hash = () =>
      database.pool
        .query<{ password_hash: string }>('SELECT password_hash FROM identity.credentials WHERE user_id = $1', [id])
        .then(({ rows }) => rows[0]!.password_hash);
    await database.pool.query('UPDATE identity.credentials SET password_hash = $1', [await bcrypt.hash(password, 4)]);
    expect(await refusal(login({ username: 'ann', password: 'not this one' }))).toBe('unauthenticated');
    expect(await hash()).toMatch(/^\$2/);
    await login({ username: 'ann', password });
    expect(await hash()).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    await login({ username: 'ann', password });
  });

  describe('a session', () => {
    let first: SignedIn;
    beforeEach(async () => {
      await register('ann');
      first = await login({ username: 'ann', password }, { userAgent: 'a browser' });
    });

    it('goes on with a new refresh token each time', async () => {
      const second = await signIn.refresh(first.refreshToken, by());
      const third = await signIn.refresh(second.refreshToken, by());
      expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
      for (const { accessToken } of [first, second, third])
        expect((await authenticate(accessToken)).sessionId).toBe((await authenticate(first.accessToken)).sessionId);
      const kept = await database.pool.query<{ token_hash: Buffer }>('SELECT token_hash FROM identity.refresh_tokens');
      expect(kept.rows.map(({ token_hash }) => token_hash.toString('hex'))).toContain(
        createHash('sha256').update(third.refreshToken).digest('hex'),
      );
    });

    it('of 32 exchanges at once has one successor, and stays', async () => {
      const answers = await Promise.all(
        Array.from({ length: 32 }, () =>
          signIn.refresh(first.refreshToken, by()).catch((error: { code: string }) => error),
        ),
      );
      const codes = answers.map((answer) => ('code' in answer ? answer.code : 'exchanged'));
      expect(codes.filter((code) => code === 'exchanged')).toHaveLength(1);
      expect(codes.filter((code) => code === 'token-reused')).toHaveLength(31);
      const winner = answers.find((answer): answer is SignedIn => 'refreshToken' in answer)!;
      await authenticate(winner.accessToken);
      await signIn.refresh(winner.refreshToken, by());
    });

    it('ends as a whole when an old token comes back after a second', async () => {
      const second = await signIn.refresh(first.refreshToken, by());
      clock.advance(1001);
      expect(await refusal(signIn.refresh(first.refreshToken, by()))).toBe('token-reused');
      expect(await refusal(signIn.refresh(second.refreshToken, by()))).toBe('unauthenticated');
      for (const { accessToken } of [first, second])
        expect(await refusal(authenticate(accessToken))).toBe('unauthenticated');
      const { events } = await store.readAll({ after: 'start', limit: 100, types: ['SessionRevoked'] });
      expect(events).toMatchObject([{ type: 'SessionRevoked', data: { cause: 'reuse' } }]);
    });

    it('is refused at once after the logout, also by a process that starts later', async () => {
      const { userId, sessionId } = await authenticate(first.accessToken);
      expect((await app.get(Sessions).ofUser(userId, clock.now())).map((each) => each.userAgent)).toEqual([
        'a browser',
      ]);
      await app.get(SignOut).logout({ userId, sessionId }, first.refreshToken, by());
      expect(await refusal(authenticate(first.accessToken))).toBe('unauthenticated');
      expect(await refusal(signIn.refresh(first.refreshToken, by()))).toBe('unauthenticated');
      expect(await app.get(Sessions).ofUser(userId, clock.now())).toEqual([]);
      await app.close();
      const fresh = new InMemoryEventStore();
      const { events } = await store.readAll({ after: 'start', limit: 100, types: ['SessionRevoked'] });
      await fresh.append([{ streamId: events[0]!.streamId, expected: 'none', events }]);
      store = fresh;
      await start();
      expect(app.get(AccessState).isOver({ sessionId, userId, createdAt: clock.now() })).toBe(true);
    });

    it('is over for whoever was sent away and comes back, also when it was opened on the way', async () => {
      const { userId } = await authenticate(first.accessToken);
      const ordered = by();
      clock.advance(50);
      const beside = await login({ username: 'ann', password });
      const bus = app.get(CommandBus);
      await bus.execute(new SuspendUserCommand({ userId }, ordered));
      clock.advance(1000);
      await bus.execute(new ActivateUserCommand({ userId }, by()));
      for (const { accessToken, refreshToken } of [first, beside]) {
        expect(await refusal(authenticate(accessToken))).toBe('unauthenticated');
        expect(await refusal(signIn.refresh(refreshToken, by()))).toBe('unauthenticated');
      }
      clock.advance(1);
      await authenticate((await login({ username: 'ann', password })).accessToken);
    });

    it('that a new password ended stays so behind a reset that was ordered before and recorded after it', async () => {
      const changing = await authenticate(first.accessToken);
      const ordered = by();
      clock.advance(50);
      const beside = await login({ username: 'ann', password });
      clock.advance(50);
      const typed = { currentPassword: password, newPassword: 'another-countersign' };
      await app.get(ChangePassword).change(changing, typed, undefined, by());
      expect(await refusal(authenticate(beside.accessToken))).toBe('unauthenticated');
      await app.get(ChangePassword).reset(changing.userId, ordered);
      for (const { accessToken } of [first, beside])
        expect(await refusal(authenticate(accessToken))).toBe('unauthenticated');
    });

    it('is opened by no password that a reset has ended, however late that is kept', async () => {
      const changing = await authenticate(first.accessToken);
      const streams = app.get(CredentialStreams);
      const recorded = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const handle = streams.handle.bind(streams);
      streams.handle = async (...order) => {
        streams.handle = handle;
        const outcome = await handle(...order);
        recorded.resolve();
        await goOn.promise;
        return outcome;
      };
      const typed = { currentPassword: password, newPassword: 'another-countersign' };
      const changed = app.get(ChangePassword).change(changing, typed, undefined, by());
      await recorded.promise;
      clock.advance(50);
      await app.get(ChangePassword).reset(changing.userId, by());
      clock.advance(50);
      goOn.resolve();
      await changed;
      expect(await refusal(login({ username: 'ann', password: typed.newPassword }))).toBe('unauthenticated');
    });

    it('is not opened behind a new password, also where the store checks no other stream', async () => {
      await app.close();
      await store.close();
      store = new SingleStreamStore();
      await start();
      await register('bob');
      const changing = await authenticate((await login({ username: 'bob', password })).accessToken);
      const sessions = app.get(Sessions);
      const open = sessions.open.bind(sessions);
      const typed = { currentPassword: password, newPassword: 'another-countersign' };
      const ordered = by();
      clock.advance(50);
      sessions.open = async (...session) => {
        sessions.open = open;
        await app.get(ChangePassword).change(changing, typed, undefined, ordered);
        return open(...session);
      };
      expect(await refusal(login({ username: 'bob', password }))).toBe('unauthenticated');
      expect(await app.get(Sessions).ofUser(changing.userId, clock.now())).toMatchObject([
        { sessionId: changing.sessionId },
      ]);
    });

    it('has tokens that expire', async () => {
      clock.advance(3_600_000);
      expect(await refusal(authenticate(first.accessToken))).toBe('token-expired');
      await signIn.refresh(first.refreshToken, by());
      const { refreshToken } = await login({ username: 'ann', password });
      clock.advance(7 * 24 * 3_600_000);
      expect(await refusal(signIn.refresh(refreshToken, by()))).toBe('token-expired');
    });

    it('gives its owner at each request the roles held then', async () => {
      const { userId } = await authenticate(first.accessToken);
      const bus = app.get(CommandBus);
      expect((await authenticate(first.accessToken)).scope('review:reassign')).toBeUndefined();
      await bus.execute(new GrantRoleCommand({ userId, role: 'manager', to: '2026-11-22T10:00:00.000Z' }, by()));
      expect((await authenticate(first.accessToken)).scope('review:reassign')).toBe('branch');
      clock.advance(3_599_000);
      expect((await authenticate(first.accessToken)).scope('review:reassign')).toBe('branch');
      clock.moveTo('2026-11-22T10:00:00.000Z');
      const later = await login({ username: 'ann', password });
      expect((await authenticate(later.accessToken)).scope('review:reassign')).toBeUndefined();
      await bus.execute(new RevokeRoleCommand({ userId, role: 'officer' }, by()));
      expect((await authenticate(later.accessToken)).scope('review:decide')).toBeUndefined();
      await bus.execute(new DeactivateUserCommand({ userId }, by()));
      expect(await refusal(authenticate(later.accessToken))).toBe('unauthenticated');
      expect(await refusal(login({ username: 'ann', password }))).toBe('unauthenticated');
    });
  });

  it.each([
    ['', 'nothing'],
    ['a.b.c', 'not a token'],
    [
      `${Buffer.from('{"alg":"none","kid":"one"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`,
      'alg none',
    ],
    [`${Buffer.from('{"alg":"HS256","kid":"__proto__"}').toString('base64url')}.e30.x`, 'a strange key'],
    [`${Buffer.from('null').toString('base64url')}.e30.x`, 'a null header'],
  ])('does not know the token %s (%s)', async (token) => {
    expect(await refusal(authenticate(token))).toBe('unauthenticated');
  });

  it('accepts tokens of an older key, and none of a stranger', async () => {
    const id = await register('ann');
    const { JwtAccessTokens } = await import('./infrastructure/jwt-access-tokens.js');
    const old = createSecretKey(Buffer.alloc(32, 1));
    const young = createSecretKey(Buffer.alloc(32, 2));
    const claims = {
      sub: id,
      workspaceId: 'demo',
      roles: [],
      permissionsVersion: '1',
      sid: 's',
      auth_time: 1,
      jti: 'j',
    };
    const token = await new JwtAccessTokens([{ kid: 'old', key: old }], 60).issue(claims, clock.now());
    const rotated = new JwtAccessTokens(
      [
        { kid: 'young', key: young },
        { kid: 'old', key: old },
      ],
      60,
    );
    expect(await rotated.verify(token, clock.now())).toMatchObject(claims);
    const impostor = await new JwtAccessTokens([{ kid: 'young', key: old }], 60).issue(claims, clock.now());
    expect(await refusal(rotated.verify(impostor, clock.now()))).toBe('unauthenticated');
  });
});
