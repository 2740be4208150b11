import { createSecretKey, randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Body, Controller, Get, Global, Module, Param, Post, Put, Query, type LoggerService } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Allow, IsIn, IsInt, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { Codec } from '#libs/event-store/application/codec';
import { EventRegistry } from '#libs/event-store/application/event-registry';
import { EventStore, type Position } from '#libs/event-store/application/event-store';
import { SubjectKeys } from '#libs/event-store/application/subject-keys';
import { InMemoryEventStore } from '#libs/event-store/infrastructure/in-memory-event-store';
import { InMemorySubjectKeys } from '#libs/event-store/infrastructure/in-memory-subject-keys';
import { AccessState } from '#libs/identity/application/access-state';
import { RegisterUserCommand } from '#libs/identity/application/commands/register-user.handler';
import type { Role } from '#libs/identity/domain/permissions';
import { identityManifest } from '#libs/identity/identity.manifest';
import { AnyPlace, Places } from '#libs/identity/application/places';
import { IdentityModule } from '#libs/identity/identity.module';
import { Clock } from '#libs/kernel/application/clock';
import { Hashing } from '#libs/kernel/application/hashing';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import { SystemClock } from '#libs/kernel/infrastructure/system-clock';
import { Branches } from '#libs/organization/application/branches';
import { KnownSettings } from '#libs/organization/application/settings/known-settings';
import { Settings } from '#libs/organization/application/settings/settings';
import { UnitBook } from '#libs/organization/application/units/unit-book';
import { Database } from '#libs/postgres/infrastructure/database';
import { ProcessingControl } from '#libs/processing/application/processing-control';
import { ReadModels } from '#libs/processing/application/read-models';
import { ReadModelBehind, WaitGate } from '#libs/processing/application/wait-gate';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { createApi } from '../../bootstrap.js';
import { writeToken } from './consistency-token.js';
import { At, Door } from './door.js';
import { IsContent, IsInstant, Nested, Numeric } from './dto.js';
import { HttpLimits } from './limits.js';
import { CommandRoute, Public, Requires } from './routes.js';

class Part {
  @IsString()
  @Length(1, 20)
  name!: string;
}

class ThingBody {
  @IsString()
  @Length(1, 50)
  text!: string;

  @IsOptional()
  @IsInt()
  @Min(1)
  count?: number;

  @IsOptional()
  @IsContent()
  content?: Record<string, unknown>;

  @IsOptional()
  @Nested(() => Part, { each: true })
  parts?: Part[];

  @IsOptional()
  @Nested(() => Part)
  lid?: Part;

  @Allow()
  raw?: unknown;
}

class ThingQuery {
  @IsOptional()
  @IsIn(['open', 'closed'])
  status?: string;

  @IsOptional()
  @Numeric()
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 25;

  @IsOptional()
  @IsInstant()
  before?: string;
}

let waited: unknown[] = [];
let ran = 0;

@Controller('things')
class ThingsController {
  constructor(private readonly access: AccessState) {}

  @Post()
  @Requires('workflow:manage')
  make(@Body() body: ThingBody) {
    return body;
  }

  @Post(':id/decide')
  @Requires('review:decide')
  @CommandRoute({ key: 'required' })
  decide(@Param('id') id: string, @Body() body: ThingBody, @At() at: Door) {
    ran++;
    const { metadata, options } = at;
    return { id, body, metadata, dryRun: options.dryRun ?? false, expected: options.expectedRevision?.toString() };
  }

  @Post(':id/poke')
  @Requires()
  @CommandRoute({ key: 'optional' })
  poke() {
    return {};
  }

  @Put(':id/boom')
  @Requires()
  boom() {
    throw new Error('a secret detail of ours');
  }

  @Get()
  @Requires('review:read')
  list(@Query() query: ThingQuery, @At() at: Door) {
    return at.eventual('core', async () => ({ query, access: at.access('review:read') }));
  }

  @Get('remembered')
  @Requires()
  remembered(@At() at: Door) {
    return at.remembered('people', this.access, () => ({}));
  }

  @Get('operate')
  @Requires('system:operate')
  operate() {
    return {};
  }

  @Get('open')
  @Public()
  open() {
    return { open: true };
  }
}

const logged: { level: string; words: unknown[] }[] = [];
const log =
  (level: string) =>
  (...words: unknown[]) =>
    void logged.push({ level, words });
const logger: LoggerService = { log: log('info'), error: log('error'), warn: log('warn'), debug: log('debug') };

describe('the HTTP edge', () => {
  let database: TestDatabase;
  let app: NestFastifyApplication;
  let url: string;
  let rooms: new () => object;
  const tokens = new Map<string, string>();

  beforeAll(async () => {
    database = await testDatabase();
    const keys = new InMemorySubjectKeys();
    const providers = [
      { provide: EventStore, useValue: new InMemoryEventStore() },
      { provide: SubjectKeys, useValue: keys },
      { provide: Codec, useValue: new Codec(new EventRegistry(identityManifest.events), keys) },
      { provide: Clock, useClass: SystemClock },
      { provide: Hashing, useClass: NodeHashing },
      { provide: Branches, useClass: UnitBook },
      { provide: Settings, useClass: KnownSettings },
      { provide: Places, useClass: AnyPlace },
      { provide: Database, useFactory: () => new Database(database.pool) },
      {
        provide: WaitGate,
        useValue: {
          waitFor: async (...asked: unknown[]) => {
            waited.push(asked);
            if (asked[1] === '999') throw new ReadModelBehind('core');
          },
        },
      },
      { provide: ReadModels, useValue: { position: () => '7' as Position } },
      { provide: ProcessingControl, useValue: { liveBuilds: async () => ({ ok: true, missing: [] }) } },
    ];
    @Global()
    @Module({ providers, exports: providers })
    class Outside {}
    const identity = IdentityModule.register({
      signingKeys: [{ kid: 'one', key: createSecretKey(Buffer.alloc(32, 7)) }],
      accessTokenSeconds: 3600,
      wrongPasswordsPerNetwork: 20,
    });
    @Module({ imports: [Outside, identity] })
    class Rooms {}
    rooms = Rooms;
    const limits = new HttpLimits({ bodyLimit: 600 * 1024, requestsPerSecond: 50 });
    app = await createApi({ rooms: Rooms, limits, logger, routes: { controllers: [ThingsController], providers: [] } });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    for (const [username, role] of [
      ['admin', 'admin'],
      ['officer', 'officer'],
      ['viewer', 'viewer'],
      ['auditor', 'auditor'],
    ] as [string, Role][]) {
      const now = new Date().toISOString();
      const id = randomUUID();
      await app.get(CommandBus).execute(
        new RegisterUserCommand(
          { username, password: 'countersign-demo', roles: [role] },
          {
            commandId: id,
            commandHash: '',
            workspaceId: 'demo',
            now,
            correlationId: id,
            causationId: id,
            actor: { id: 'system', kind: 'system', roles: [] },
          },
        ),
      );
      const { body } = await call('POST', '/auth/login', { body: { username, password: 'countersign-demo' } });
      tokens.set(username, body.accessToken);
    }
  });
  afterAll(async () => {
    await app.close();
    await database.close();
  });
  beforeEach(() => {
    waited = [];
    ran = 0;
    logged.length = 0;
  });

  interface Asked {
    as?: string;
    body?: unknown;
    headers?: Record<string, string>;
    /** Below `/api/v1` unless told. */
    root?: boolean;
  }
  const call = async (method: string, path: string, { as, body, headers = {}, root = false }: Asked = {}) => {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${url}${root ? '' : '/api/v1'}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(as === undefined ? {} : { authorization: `Bearer ${tokens.get(as) ?? as}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    const answer: any = type.includes('json') && text ? JSON.parse(text) : text;
    if (response.status >= 400) {
      expect(type).toMatch(/^application\/problem\+json/);
      expect(answer).toMatchObject({
        type: expect.any(String),
        title: expect.any(String),
        status: response.status,
        detail: expect.any(String),
        instance: expect.any(String),
        code: expect.any(String),
        requestId: response.headers.get('request-id'),
        retryable: expect.any(Boolean),
      });
    }
    expect(response.headers.get('request-id')).toBeTruthy();
    return { status: response.status, headers: response.headers, body: answer };
  };
  const codeOf = async (...asked: Parameters<typeof call>) => {
    const { status, body } = await call(...asked);
    return `${status} ${body.code ?? ''}`;
  };
  const keyed = { 'idempotency-key': 'a-key' };
  const good = { text: 'fine' };

  describe('signing in', () => {
    it('answers the documented shapes', async () => {
      const login = await call('POST', '/auth/login', { body: { username: 'officer', password: 'countersign-demo' } });
      expect(login.status).toBe(200);
      expect(login.body).toEqual({
        accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
        refreshToken: expect.any(String),
        expiresIn: 3600,
        user: { id: expect.any(String), username: 'officer', roles: ['officer'], workspaceId: 'demo' },
      });
      const refreshed = await call('POST', '/auth/refresh', { body: { refreshToken: login.body.refreshToken } });
      expect([refreshed.status, Object.keys(refreshed.body)]).toEqual([200, Object.keys(login.body)]);
      const as = refreshed.body.accessToken as string;
      const me = await call('GET', '/auth/me', { as });
      expect(me.body.user).toEqual(login.body.user);
      expect(me.body.permissions).toContainEqual({ permission: 'review:decide', scope: 'own' });
      const { body: sessions } = await call('GET', '/auth/sessions', { as });
      expect(sessions.data.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
      const logout = await call('POST', '/auth/logout', { as, body: { refreshToken: refreshed.body.refreshToken } });
      expect([logout.status, logout.body]).toEqual([204, '']);
      expect(await codeOf('GET', '/auth/me', { as })).toBe('401 unauthenticated');
      expect(await codeOf('GET', '/auth/me', { as: login.body.accessToken })).toBe('401 unauthenticated');
    });

    it('refuses', async () => {
      const login = (body: unknown) => codeOf('POST', '/auth/login', { body });
      expect(await login({ username: 'officer', password: 'wrong' })).toBe('401 unauthenticated');
      expect(await login({ username: 'nobody', password: 'wrong' })).toBe('401 unauthenticated');
      expect(await login({ username: 'officer' })).toBe('422 validation-failed');
      expect(await login({ username: 'officer', password: 5 })).toBe('422 validation-failed');
      expect(await login({ username: 'officer', password: 'x', admin: true })).toBe('422 validation-failed');
      expect(await login({ username: 'a\u0000b', password: 'x' })).toBe('422 validation-failed');
      expect(await codeOf('POST', '/auth/refresh', { body: { refreshToken: 'unknown' } })).toBe('401 unauthenticated');
    });

    it('locks an account after five wrong passwords and says for how long', async () => {
      for (let i = 0; i < 5; i++)
        await call('POST', '/auth/login', { body: { username: 'locked', password: 'wrong' } });
      const locked = await call('POST', '/auth/login', { body: { username: 'locked', password: 'wrong' } });
      expect([locked.status, locked.body.code, locked.body.retryable]).toEqual([429, 'rate-limited', true]);
      expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(0);
    });
  });

  describe('the door', () => {
    it.each([
      '/api/v1/things/operate',
      '/api/v1/things/operat%65',
      '/api/v1/%74hings/operate',
      '/api/v1/things/operate?',
      '/api/v1/things//operate',
      '//api/v1/things/operate',
      '/api/v1/things/operate/',
      '/api/v1/Things/operate',
      '/api/v1/things/./operate',
      '/api/v1/things/x/../operate',
      '/api/v1/things/operate;x=1',
      '/api/v1/things%2Foperate',
    ])('lets nobody in by spelling the path %s', async (path) => {
      expect([401, 404]).toContain((await call('GET', path, { root: true })).status);
      expect([403, 404]).toContain((await call('GET', path, { root: true, as: 'officer' })).status);
    });

    it('does not answer an absolute-form target past the guards', async () => {
      const { host } = new URL(url);
      const answer = await rawRequest(
        `GET http://${host}/api/v1/things/operate HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[14] /);
    });

    it('gives a role that may only read nothing but reading', async () => {
      expect((await call('GET', '/things/operate', { as: 'auditor' })).status).toBe(200);
      expect(await codeOf('GET', '/things/operate', { as: 'officer' })).toBe('403 forbidden');
      const refused = await call('POST', '/things', { as: 'officer', body: good });
      expect(refused.body).toMatchObject({ code: 'forbidden', requiredPermission: 'workflow:manage' });
      expect((await call('GET', '/things/open')).body).toEqual({ open: true });
    });

    it('answers the first that applies: 401, 403, then the form, then 404', async () => {
      const bad = '{"broken';
      expect(await codeOf('POST', '/things/x/decide', { body: bad })).toBe('401 unauthenticated');
      expect(await codeOf('POST', '/things/x/decide?nonsense=1', { as: 'viewer', body: bad })).toBe('403 forbidden');
      expect(await codeOf('POST', '/things/x/decide', { as: 'officer', body: bad })).toBe('400 malformed-json');
      expect(await codeOf('POST', '/things/x/decide', { as: 'officer', body: {} })).toBe('400 idempotency-key-missing');
      expect(await codeOf('POST', '/things/a.b/decide', { as: 'officer', body: {}, headers: keyed })).toBe(
        '422 validation-failed',
      );
      expect(await codeOf('POST', '/things/a.b/decide', { as: 'officer', body: good, headers: keyed })).toBe(
        '404 not-found',
      );
      expect(await codeOf('POST', '/things/x/decide', { body: 'x'.repeat(700 * 1024) })).toBe('401 unauthenticated');
      expect(await codeOf('POST', '/things/x/decide', { body: 'a', headers: { 'content-type': 'text/html' } })).toBe(
        '401 unauthenticated',
      );
      expect(ran).toBe(0);
    });

    it('knows every spelling of one path as one command', async () => {
      const idOf = async (path: string, headers: Record<string, string> = keyed) =>
        (await call('POST', path, { as: 'officer', body: good, headers })).body.metadata.commandId as string;
      const absolute = (path: string) =>
        rawRequest(
          `POST http://elsewhere.example/api/v1${path} HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n` +
            `Authorization: Bearer ${tokens.get('officer')}\r\nIdempotency-Key: ${keyed['idempotency-key']}\r\n` +
            `Content-Type: application/json\r\nContent-Length: ${JSON.stringify(good).length}\r\n\r\n${JSON.stringify(good)}`,
        );
      const id = await idOf('/things/abc/decide');
      expect(await idOf('/things/%61bc/decide')).toBe(id);
      expect(await idOf('/things/abc/decide?dryRun=false')).toBe(id);
      expect(await absolute('/things/abc/decide')).toContain(id);
      expect(await idOf('/things/abd/decide')).not.toBe(id);
      expect(await idOf('/things/abc/decide', { 'idempotency-key': 'other' })).not.toBe(id);
      const { body } = await call('POST', '/things/abc/decide', { as: 'admin', body: good, headers: keyed });
      expect(body.metadata.commandId).not.toBe(id);
    });

    it('hashes the meaning of a body, not its spelling', async () => {
      const hashOf = async (body: string) =>
        (await call('POST', '/things/abc/decide', { as: 'officer', body, headers: keyed })).body.metadata.commandHash;
      const hash = await hashOf('{"text":"a","count":2}');
      expect(await hashOf(' {"count" : 2.0, "text":"\\u0061"} ')).toBe(hash);
      expect(await hashOf('{"text":"a","count":3}')).not.toBe(hash);
    });

    it('takes If-Match, dryRun, traceparent and a request id, when they can be', async () => {
      const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
      const { body, headers } = await call('POST', '/things/abc/decide?dryRun=true', {
        as: 'officer',
        body: good,
        headers: { ...keyed, 'if-match': '"12"', 'request-id': 'mine-1', traceparent },
      });
      expect(body).toMatchObject({ dryRun: true, expected: '12', metadata: { traceparent, requestId: 'mine-1' } });
      expect(headers.get('request-id')).toBe('mine-1');
      const strange = await call('GET', '/auth/me', { as: 'officer', headers: { 'request-id': 'a b<script>' } });
      expect(strange.headers.get('request-id')).toMatch(/^[0-9a-f-]{36}$/);
      const refused = (more: Record<string, string>, query = '') =>
        codeOf('POST', `/things/abc/decide${query}`, { as: 'officer', body: good, headers: { ...keyed, ...more } });
      expect(await refused({ 'if-match': '12' })).toBe('400 invalid-parameter');
      expect(await refused({ 'if-match': 'W/"12"' })).toBe('400 invalid-parameter');
      expect(await refused({}, '?dryRun=yes')).toBe('400 invalid-parameter');
      expect(await refused({}, '?dry=true')).toBe('400 unknown-parameter');
      expect(await refused({ 'idempotency-key': 'two words' })).toBe('400 invalid-parameter');
      expect(await refused({ 'idempotency-key': 'x'.repeat(256) })).toBe('400 invalid-parameter');
      expect(await refused({ 'idempotency-key': '' })).toBe('400 idempotency-key-missing');
      expect((await call('POST', '/things/abc/poke', { as: 'officer' })).status).toBe(201);
      expect(await codeOf('POST', '/things/abc/poke', { as: 'officer', body: { x: 1 } })).toBe('422 validation-failed');
    });

    it('limits what one principal may ask in a second, and nobody else', async () => {
      const answers = await Promise.all(Array.from({ length: 300 }, () => call('GET', '/auth/me', { as: 'viewer' })));
      const limited = answers.filter(({ status }) => status === 429);
      expect(limited.length).toBeGreaterThan(10);
      expect(limited[0]!.body).toMatchObject({ code: 'rate-limited', retryable: true });
      expect(limited[0]!.headers.get('retry-after')).toBe('1');
      expect(limited[0]!.headers.get('ratelimit-policy')).toBe('"principal";q=50;w=1');
      expect((await call('GET', '/auth/me', { as: 'admin' })).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 1100));
    });
  });

  describe('bodies', () => {
    const errorsOf = async (body: unknown) => {
      const answer = await call('POST', '/things', { as: 'admin', body });
      return answer.status === 422
        ? answer.body.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`)
        : [`${answer.status} ${answer.body.code ?? ''}`];
    };
    beforeEach(() => new Promise((resolve) => setTimeout(resolve, 100)));

    it.each([
      ['a fraction', '{"text":"a","content":{"a":[1,{"b":2.5}]}}', '/content/a/1/b not-an-integer'],
      [
        'a fraction that a double rounds away',
        '{"text":"a","content":{"a":1.00000000000000001}}',
        '/content/a not-an-integer',
      ],
      ['a tiny fraction', '{"text":"a","content":{"a":1e-400}}', '/content/a not-an-integer'],
      ['a number beyond every double', '{"text":"a","content":{"a":1e400}}', '/content/a out-of-range'],
      ['2^53', '{"text":"a","content":{"a":9007199254740992}}', '/content/a out-of-range'],
      ['2^53+1', '{"text":"a","content":{"a":9007199254740993}}', '/content/a out-of-range'],
      ['-2^53', '{"text":"a","content":{"a":-9007199254740992}}', '/content/a out-of-range'],
      ['U+0000', '{"text":"a","content":{"a":"x\\u0000"}}', '/content/a invalid-text'],
      ['a lone surrogate', '{"text":"\\ud800"}', '/text invalid-text'],
      ['a lone surrogate in a name', '{"text":"a","content":{"\\udc00":1}}', '/content/\ufffd invalid-text'],
      ['__proto__', '{"text":"a","content":{"__proto__":{"admin":true}}}', '/content/__proto__ invalid-name'],
      ['an unknown member', '{"text":"a","admin":true}', '/admin unknown-member'],
      ['constructor as an unknown member', '{"text":"a","constructor":{"prototype":1}}', '/constructor unknown-member'],
      ['an unknown nested member', '{"text":"a","parts":[{"name":"n","x/y":1}]}', '/parts/0/x~1y unknown-member'],
      ['a wrong type', '{"text":5}', '/text wrong-type'],
      ['an array for a body', '[]', ' wrong-type'],
      ['null for a body', 'null', ' wrong-type'],
      ['a text for a body', '"x"', ' wrong-type'],
      ['a nested list where an object belongs', '{"text":"a","parts":[[1]]}', '/parts/0 wrong-type'],
      ['an object in a nested list', '{"text":"a","parts":[[{"name":"n"}]]}', '/parts/0 wrong-type'],
      ['a list in a list for an object', '{"text":"a","lid":[[{"name":"n"}]]}', '/lid wrong-type'],
      ['an empty list for an object', '{"text":"a","lid":[]}', '/lid wrong-type'],
      ['a list of one for an object', '{"text":"a","lid":[{"name":"n"}]}', '/lid wrong-type'],
    ])('names the place of %s', async (_, body, error) => {
      expect((await errorsOf(body)).join('; ')).toContain(error);
    });

    it.each([
      ['deep nesting', `{"text":"a","content":{"a":${'['.repeat(40)}${']'.repeat(40)}}}`, 'too-deep'],
      [
        'nesting beyond 32 levels',
        `{"text":"a","content":{"a":${'['.repeat(32)}${']'.repeat(32)}}}`,
        '/content too-deep',
      ],
      ['absurd nesting', `{"text":"a","content":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`, 'too-deep'],
    ])('refuses %s', async (_, body, error) => {
      expect((await errorsOf(body)).join('; ')).toContain(error);
    });

    it.each([
      ['broken JSON', '{"text":', '400 malformed-json'],
      ['two values', '{}{}', '400 malformed-json'],
      ['NaN', '{"text":NaN}', '400 malformed-json'],
      ['bytes that are not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), '400 malformed-json'],
      ['a byte order mark', '\ufeff{"text":"a"}', '400 malformed-json'],
      ['too many bytes', JSON.stringify({ text: 'x'.repeat(601 * 1024) }), '413 payload-too-large'],
      [
        'too much content',
        JSON.stringify({ text: 'a', content: { a: 'x'.repeat(257 * 1024) } }),
        '413 payload-too-large',
      ],
    ])('refuses %s', async (_, body, answer) => {
      expect(await codeOf('POST', '/things', { as: 'admin', body })).toBe(answer);
    });

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
      'not a media type',
    ])('refuses the media type %s', async (type) => {
      const asked = { as: 'admin', body: '{"text":"a"}', headers: { 'content-type': type } };
      expect(await codeOf('POST', '/things', asked)).toBe('415 unsupported-media-type');
    });

    it('reads no list of objects that is absurdly long', async () => {
      const parts = Array.from({ length: 50_000 }, () => ({ x: 1 }));
      expect(await errorsOf({ text: 'a', parts })).toEqual(['/parts too-many']);
    });

    it('suggests what a member was probably meant to be', async () => {
      const { body } = await call('POST', '/things', { as: 'admin', body: { text: 'a', coutn: 1 } });
      expect(body.errors[0].detail).toBe('coutn is not a member here. Did you mean count?');
    });

    it('refuses a compressed body', async () => {
      const headers = { 'content-encoding': 'gzip' };
      const packed = { as: 'admin', body: new Uint8Array(gzipSync('{"text":"a"}')), headers };
      expect(await codeOf('POST', '/things', packed)).toBe('415 unsupported-media-type');
    });

    it('takes a body that broke off for the fault of who sent it', async () => {
      const raw = await rawRequest(
        `POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
          `Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`,
      );
      expect(raw).toMatch(/^HTTP\/1\.1 400 /);
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
    });

    it('keeps content exactly as it came', async () => {
      const content =
        '{"constructor":{"prototype":{"x":1}},"toString":"t","hasOwnProperty":1,"\u202e":"\\u202e","n":9007199254740991,"whole":10}';
      const body = `{"text":"a","content":${content.replace('"whole":10', '"whole":1.0e1')}}`;
      const { status, body: echoed } = await call('POST', '/things', { as: 'admin', body });
      expect([status, echoed.content]).toEqual([201, JSON.parse(content)]);
    });

    it('takes no text for a number, nor a number for a text', async () => {
      expect(await errorsOf({ text: 'a', count: '1' })).toEqual(['/count wrong-type']);
      expect(await errorsOf({ text: 'a', count: 0 })).toEqual(['/count out-of-range']);
      expect(await errorsOf({ text: '' })).toEqual(['/text out-of-range']);
    });
  });

  describe('queries', () => {
    it.each([
      ['?stauts=open', '400 unknown-parameter', { parameter: 'stauts', suggestion: 'status' }],
      ['?status=ajar', '400 invalid-parameter', { parameter: 'status' }],
      ['?limit=0', '400 invalid-parameter', { parameter: 'limit' }],
      ['?limit=101', '400 invalid-parameter', { parameter: 'limit' }],
      ['?limit=ten', '400 invalid-parameter', { parameter: 'limit' }],
      ['?limit=1&limit=2', '400 invalid-parameter', { parameter: 'limit' }],
      ['?before=2026-02-30T00:00:00Z', '400 invalid-parameter', { parameter: 'before' }],
      ['?before=2026-11-22T24:00:00Z', '400 invalid-parameter', { parameter: 'before' }],
      ['?before=9999-12-31T23:59:59-00:01', '400 invalid-parameter', { parameter: 'before' }],
      ['?status=%00', '400 malformed-request', {}],
      ['?status=%ED%A0%80', '400 malformed-request', {}],
      ['?status=%zz', '400 malformed-request', {}],
      ['?__proto__=1', '400 unknown-parameter', { parameter: '__proto__' }],
    ])('refuses %s', async (query, answer, members) => {
      const { status, body } = await call('GET', `/things${query}`, { as: 'officer' });
      expect(`${status} ${body.code}`).toBe(answer);
      expect(body).toMatchObject(members);
    });

    it('are read, and tell how far the caller sees', async () => {
      const { body } = await call('GET', '/things?status=open&limit=5', { as: 'officer' });
      expect(body).toMatchObject({
        query: { status: 'open', limit: 5 },
        access: { workspaceId: 'demo', reach: 'all' },
      });
      expect((await call('GET', '/things', { as: 'officer' })).body.query).toEqual({ limit: 25 });
      expect(await codeOf('GET', '/auth/me?verbose=1', { as: 'officer' })).toBe('400 unknown-parameter');
    });

    it('wait for the consistency token, as long as preferred, at most 15 seconds', async () => {
      const tokenAt = (position: string) => writeToken({ position: position as Position, store: 'memory' });
      const token = tokenAt('5');
      const read = (headers: Record<string, string>) => call('GET', '/things', { as: 'admin', headers });
      expect((await read({})).headers.get('projection-position')).toBe('7');
      await read({ 'consistency-token': token });
      await read({ 'consistency-token': token, prefer: 'wait=5' });
      await read({ 'consistency-token': token, prefer: 'respond-async, wait=600' });
      await read({ 'consistency-token': token, prefer: 'wait=soon' });
      expect(waited).toEqual([2000, 5000, 15_000, 2000].map((ms) => ['core', '5', ms]));
      const behind = await read({ 'consistency-token': writeToken({ position: '999' as Position, store: 'memory' }) });
      expect([behind.status, behind.body.code, behind.headers.get('retry-after')]).toEqual([
        503,
        'read-model-behind',
        '1',
      ]);
      for (const broken of ['x', 'e30', ...['1; drop', '5/5', '-1'].map(tokenAt)])
        expect((await read({ 'consistency-token': broken })).body.code).toBe('invalid-parameter');
      const foreign = writeToken({ position: '5' as Position, store: 'eventstoredb' });
      expect((await read({ 'consistency-token': foreign })).body.code).toBe('invalid-parameter');
    });
  });

  it('a read from memory waits no longer than its client for what may never come', async () => {
    const access = app.get(AccessState);
    const { reached } = access;
    let waiting: Promise<void> | undefined;
    access.reached = (...asked) => (waiting = reached.apply(access, asked));
    const forged = writeToken({ position: '999999' as Position, store: 'memory' });
    const headers = { 'consistency-token': forged, prefer: 'wait=0' };
    expect(await codeOf('GET', '/things/remembered', { as: 'viewer', headers })).toBe('503 read-model-behind');
    await waiting;
  });

  describe('whatever comes', () => {
    it('answers a problem for paths nobody made', async () => {
      for (const path of ['/nothing', '/things/x/y/z/decide', `/things/${'a'.repeat(600)}/decide`])
        expect((await call('GET', path)).body.code).toMatch(/^(not-found|malformed-request)$/);
      expect(await codeOf('DELETE', '/things', { as: 'admin' })).toBe('404 not-found');
      expect(await codeOf('GET', '/', { root: true })).toBe('404 not-found');
      const climbing = await rawRequest(
        'GET /docs/../../package.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      );
      expect(climbing).toMatch(/^HTTP\/1\.1 404 /);
      expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
    });

    it.each(['/things/%zz/decide', '/things/%ED%A0%80/decide', '/%c0%ae'])(
      'answers broken percent-encoding %s',
      async (path) => {
        const raw = await rawRequest(
          `POST /api/v1${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
        );
        expect(raw).toMatch(/^HTTP\/1\.1 400 /);
        expect(raw).toMatch(/"code":"malformed-request"/);
      },
    );

    it('answers control characters in a path', async () => {
      const asked = { as: 'officer', body: good, headers: keyed };
      expect(await codeOf('POST', '/things/a%00b/decide', asked)).toBe('400 malformed-request');
      expect(await codeOf('POST', '/things/a%0d%0ab/decide', asked)).toBe('400 malformed-request');
    });

    it('answers what is not HTTP', async () => {
      const raw = await rawRequest('NONSENSE\r\n\r\n');
      expect(raw).toMatch(/^HTTP\/1\.1 400 /);
      expect(raw).toMatch(/application\/problem\+json/);
      const nameless = await rawRequest('GET /api/v1/things/open HTTP/1.1\r\nConnection: close\r\n\r\n');
      expect(nameless).toMatch(/^HTTP\/1\.1 400 /);
      expect(nameless).toMatch(/"code":"malformed-request"/);
      const expecting = await rawRequest(
        'GET /api/v1/things/open HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n',
      );
      expect(expecting).toMatch(/^HTTP\/1\.1 200 /);
      const long = await rawRequest(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(40_000)}\r\n\r\n`);
      expect(long).toMatch(/"code":"malformed-request"/);
    });

    it('answers a bug with nothing but the request id, and logs it once', async () => {
      const { status, body } = await call('PUT', '/things/x/boom', { as: 'admin', body: {} });
      expect([status, body.code]).toEqual([500, 'internal-error']);
      expect(JSON.stringify(body)).not.toContain('secret');
      const errors = logged.filter(({ level }) => level === 'error');
      expect(errors).toHaveLength(1);
      expect(errors[0]!.words[0]).toMatchObject({ requestId: body.requestId });
    });

    it('sends security headers everywhere and lets no other origin in', async () => {
      for (const path of ['/things/open', '/nothing']) {
        const { headers } = await call('GET', path, { headers: { origin: 'https://evil.example' } });
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('content-security-policy')).toContain("default-src 'none'");
        expect(headers.get('access-control-allow-origin')).toBeNull();
      }
    });

    it('serves health, metrics for operators, the OpenAPI document and its page', async () => {
      expect((await call('GET', '/health/live', { root: true })).body).toEqual({ status: 'ok' });
      expect((await call('GET', '/health/ready', { root: true })).body).toMatchObject({ status: 'ready' });
      expect(await codeOf('GET', '/metrics', { root: true })).toBe('401 unauthenticated');
      expect(await codeOf('GET', '/metrics', { root: true, as: 'officer' })).toBe('403 forbidden');
      const metrics = await call('GET', '/metrics', { root: true, as: 'admin' });
      expect(metrics.body).toContain(
        'http_request_duration_seconds_count{method="GET",route="/health/live",status="200"}',
      );
      const { body } = await call('GET', '/api/openapi.json', { root: true });
      expect(body.openapi).toBe('3.1.0');
      expect(Object.keys(body.paths)).toContain('/api/v1/auth/login');
      const docs = await call('GET', '/docs', { root: true });
      expect([docs.status, docs.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
      expect(docs.headers.get('content-security-policy')).toContain("script-src 'self';");
      const scripts = [...docs.body.matchAll(/<script([^>]*)>([^<]*)/g)].map(([, attributes, text]) => [
        attributes,
        text.trim(),
      ]);
      expect(scripts.every(([attributes, text]) => attributes.includes('src=') && text === '')).toBe(true);
      const [, file] = /src="\.?\/?([^"]*swagger-ui-bundle\.js)"/.exec(docs.body)!;
      const script = await call('GET', `/${file!.replace(/^\.\//, '')}`, { root: true });
      expect([script.status, script.headers.get('content-type')]).toEqual([200, expect.stringContaining('javascript')]);
    });

    it('fails to start with a route that declares nothing', async () => {
      @Controller('loose')
      class Loose {
        @Get()
        read() {
          return {};
        }
      }
      const loose = { controllers: [Loose], providers: [] };
      const start = createApi({ rooms, limits: new HttpLimits(), logger: false, routes: loose });
      await expect(start).rejects.toThrow('Loose.read declares neither @Public() nor @Requires(…).');
    });
  });

  const rawRequest = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const socket = connect(Number(port), hostname, () => socket.write(text));
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
});
