import { createPublicKey } from 'node:crypto';
import { CommandBus } from '@nestjs/cqrs';
import { DeactivateUserCommand } from '#libs/identity/application/commands/change-user.handlers';
import { installation, type ApiInstallation } from './api.examples.js';
import { forgeries, type Forgery } from './forged-tokens.examples.js';

describe('a forged or misused token', () => {
  let api: ApiInstallation;
  let forged: readonly Forgery[];
  let resigned: string;
  let good: string;

  const login = async (username: string) =>
    (await api.call('POST', '/auth/login', { body: { username, password: 'countersign-demo' } })).body;

  beforeAll(async () => {
    api = await installation();
    await api.register('leaver', 'admin', 'demo');
    const now = api.core.clock.now().toISOString();
    await api.app.get(CommandBus).execute(
      new DeactivateUserCommand(
        { userId: api.ids.get('leaver')! },
        {
          commandId: 'the leaver leaves',
          commandHash: '',
          actor: { id: 'system', kind: 'system', roles: [] },
          workspaceId: 'demo',
          now,
          correlationId: 'c',
          causationId: 'c',
        },
      ),
    );
    const ended = await login('officer');
    await api.call('POST', '/auth/logout', { as: ended.accessToken, body: {} });
    const { accessToken, refreshToken } = await login('officer');
    good = accessToken;
    const { key } = api.core.keys.signing[0];
    ({ resigned, all: forged } = forgeries({
      good,
      refreshToken,
      privateKey: key,
      publicKey: createPublicKey(key),
      endedSession: JSON.parse(Buffer.from(ended.accessToken.split('.')[1], 'base64url').toString()).sid,
      deactivatedUser: api.ids.get('leaver')!,
      otherUser: api.ids.get('admin')!,
    }));
  });
  afterAll(() => api.stop());

  it('is none of ours: a good one is let in, also when it is signed anew', async () => {
    for (const token of [good, resigned]) expect((await api.get('/auth/me', token)).status).toBe(200);
  });

  it('is never accepted, whichever of them comes', async () => {
    expect(forged.length).toBeGreaterThanOrEqual(60);
    expect(new Set(forged.map(({ token }) => token)).size).toBe(forged.length);
    for (const { what, token } of forged) {
      const { status, body } = await api.get('/auth/me', token);
      const refused = status === 401 && ['unauthenticated', 'token-expired'].includes(body.code as string);
      // Node takes 16 KiB of headers, and answers more by itself.
      expect([what, refused || (status === 400 && token.length > 15_000), status, body.code]).toEqual([
        what,
        true,
        status,
        body.code,
      ]);
    }
    expect((await api.get('/auth/me', good)).status).toBe(200);
  });

  it('is not let in by another scheme, a query or a body either', async () => {
    const ask = (headers: Record<string, string>, path = '/auth/me') => api.call('GET', path, { headers });
    for (const authorization of [
      good,
      `Basic ${good}`,
      `Token ${good}`,
      `Bearer`,
      `Bearer${good}`,
      `Bearer\u00a0${good}`,
    ])
      expect((await ask({ authorization })).body.code).toBe('unauthenticated');
    expect((await ask({ cookie: `access_token=${good}` })).status).toBe(401);
    expect((await ask({ 'x-access-token': good })).status).toBe(401);
    expect((await ask({}, `/auth/me?access_token=${good}`)).status).toBe(401);
    expect((await api.call('POST', '/auth/logout', { body: { access_token: good } })).status).toBe(401);
  });

  it('is no refresh token: an access token, another one, or none is not exchanged', async () => {
    const exchange = async (refreshToken: unknown) =>
      (await api.call('POST', '/auth/refresh', { body: { refreshToken } })).status;
    expect(await exchange(good.slice(0, 200))).toBe(401);
    expect(await exchange('x')).toBe(401);
    for (const form of [good, '', null, 5, ['x'], { $ne: '' }]) expect(await exchange(form)).toBe(422);
  });

  it('is checked against keys that everybody may see, and which hold no secret', async () => {
    const { status, body } = await api.call('GET', '/.well-known/jwks.json', {});
    const { kid, key } = api.core.keys.signing[0];
    expect([status, body]).toEqual([
      200,
      {
        keys: [
          {
            kid,
            kty: 'OKP',
            crv: 'Ed25519',
            alg: 'EdDSA',
            use: 'sig',
            x: createPublicKey(key).export({ format: 'jwk' }).x,
          },
        ],
      },
    ]);
    expect(JSON.stringify(body)).not.toContain(key.export({ format: 'jwk' }).d);
  });
});
