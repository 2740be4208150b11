import { randomUUID } from 'node:crypto';
import { installation, type ApiInstallation } from './api.examples.js';
import { securityHeaders } from './src/http/security-headers.js';

/** Every request says where it comes from, as a proxy would. */
describe('limits by address', () => {
  let api: ApiInstallation;
  beforeAll(async () => {
    const environment = {
      TRUSTED_PROXIES: '1',
      WRONG_PASSWORDS_PER_ADDRESS: '8',
      CORS_ORIGINS: 'https://console.example',
    };
    api = await installation(environment, undefined, {
      strangersPerSecond: 20,
      requestsPerSecond: 100,
    });
  });
  afterAll(() => api.stop());

  let addresses = 0;
  const somewhere = () => `198.51.100.${++addresses}`;
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const password = 'countersign-demo';
  const login = (username: string, typed: string, address: string) =>
    api.call('POST', '/auth/login', { body: { username, password: typed }, headers: from(address) });
  const codeOf = async (asked: ReturnType<typeof login>) => {
    const { status, body } = await asked;
    return status === 200 ? '200' : `${status} ${body.code}`;
  };

  it('make a network wait that tries one password after the other on many names, and nobody else', async () => {
    const address = somewhere();
    for (let wrong = 1; wrong <= 8; wrong++)
      expect(await codeOf(login(`nobody-${wrong}`, 'not this one', address))).toBe('401 unauthenticated');
    const locked = await login('officer', password, address);
    expect([locked.status, locked.headers.get('retry-after')]).toEqual([429, '5']);
    expect(await codeOf(login('officer', password, somewhere()))).toBe('200');
  });

  it('double the wait with each wrong password after it', async () => {
    const address = somewhere();
    const waits: string[] = [];
    for (let wrong = 1; wrong <= 11; wrong++) {
      await login(`someone-${wrong}`, 'not this one', address);
      const { status, headers } = await login('officer', password, address);
      if (status === 429) waits.push(headers.get('retry-after')!);
      await api.core.database.pool.query('UPDATE identity.login_failures SET locked_until = NULL');
    }
    expect(waits).toEqual(['5', '10', '20', '40']);
  });

  it('never count right passwords, nor forget wrong ones for a right one of the guesser’s own', async () => {
    const address = somewhere();
    for (let i = 1; i <= 12; i++) expect(await codeOf(login('officer2', password, address))).toBe('200');
    for (let wrong = 1; wrong <= 8; wrong++) {
      await login(`victim-${wrong}`, 'not this one', address);
      if (wrong < 8) expect(await codeOf(login('officer2', password, address))).toBe('200');
    }
    expect(await codeOf(login('officer2', password, address))).toBe('429 rate-limited');
  });

  it('take the addresses of one customer for one', async () => {
    for (let wrong = 1; wrong <= 8; wrong++) await login(`v6-${wrong}`, 'not this one', `2001:db8:7:7::${wrong}`);
    expect(await codeOf(login('officer', password, '2001:db8:7:7:ffff::1'))).toBe('429 rate-limited');
    expect(await codeOf(login('officer', password, '2001:db8:7:8::1'))).toBe('200');
  });

  it('tell strangers how much is left, and turn away what is more', async () => {
    const address = somewhere();
    const answers = await Promise.all(
      Array.from({ length: 60 }, () =>
        api.call('POST', '/auth/refresh', { body: { refreshToken: randomUUID() }, headers: from(address) }),
      ),
    );
    const turnedAway = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(20);
    expect(turnedAway.length).toBeGreaterThan(0);
    for (const { headers, body } of turnedAway) {
      expect([body.code, headers.get('ratelimit-policy')]).toEqual(['rate-limited', '"address";q=20;w=1']);
      expect(headers.get('ratelimit')).toMatch(/^"address";r=0;t=\d+$/);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await codeOf(login('officer', password, somewhere()))).toBe('200');
  });

  it('count tokens that are none, whatever is asked with them, but not good ones', async () => {
    const address = somewhere();
    const ask = (as: string) => api.call('GET', '/auth/me', { as, headers: from(address) });
    const bad = await Promise.all(Array.from({ length: 60 }, (_, i) => ask(`no.such.token${i}`)));
    expect(new Set(bad.map(({ status }) => status))).toEqual(new Set([401, 429]));
    const good = await ask('officer');
    expect([good.status, good.headers.get('ratelimit-policy')]).toEqual([200, '"principal";q=100;w=1']);
  });

  it('leave health and keys to whoever asks', async () => {
    const address = somewhere();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        api.call('GET', i % 2 ? '/health/live' : '/.well-known/jwks.json', { headers: from(address) }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('make one principal wait, and no other', async () => {
    const burst = await Promise.all(Array.from({ length: 300 }, () => api.get('/auth/me', 'viewer')));
    const turnedAway = burst.filter(({ status }) => status === 429);
    expect(turnedAway.length).toBeGreaterThan(0);
    expect(turnedAway[0]!.headers.get('ratelimit')).toMatch(/^"principal";r=0;t=1$/);
    expect((await api.get('/auth/me', 'auditor')).status).toBe(200);
  });

  it('let pages of the configured origin call, and of no other', async () => {
    const preflight = (origin: string) =>
      api.call('OPTIONS', '/auth/me', {
        headers: { ...from(somewhere()), origin, 'access-control-request-method': 'GET' },
      });
    const ours = await preflight('https://console.example');
    expect([ours.status, ours.headers.get('access-control-allow-origin')]).toEqual([204, 'https://console.example']);
    expect(ours.headers.get('access-control-allow-credentials')).toBeNull();
    for (const origin of [
      'https://evil.example',
      'https://console.example.evil.example',
      'http://console.example',
      'null',
    ])
      expect([origin, (await preflight(origin)).headers.get('access-control-allow-origin')]).toEqual([origin, null]);
  });

  it('hold for how long a request and its headers may take, and how large a body may be', async () => {
    const { requestTimeout, headersTimeout, keepAliveTimeout } = api.app.getHttpServer();
    expect([requestTimeout, headersTimeout, keepAliveTimeout]).toEqual([30_000, 15_000, 72_000]);
    const body = JSON.stringify({ username: 'officer', password: 'x'.repeat(1024 * 1024) });
    const tooLarge = await api.call('POST', '/auth/login', { body, headers: from(somewhere()) });
    expect([tooLarge.status, tooLarge.body.code]).toEqual([413, 'payload-too-large']);
  });

  it('come with the same headers of security on every answer, good or bad', async () => {
    const paths = ['/auth/me', '/nothing', '/health/live', '/reviews?nonsense=1', '/%zz'];
    for (const path of paths) {
      const { headers } = await api.call('GET', path, { as: 'officer', headers: from(somewhere()) });
      const sent = Object.fromEntries(Object.keys(securityHeaders).map((name) => [name, headers.get(name)]));
      expect([path, sent]).toEqual([path, securityHeaders]);
      expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
    }
  });
});
