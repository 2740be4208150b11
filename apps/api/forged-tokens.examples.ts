import { createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

type Json = Readonly<Record<string, unknown>>;

/** What a forger works with: a good token taken apart, and for what only we could have made, our private key. */
export interface Material {
  readonly good: string;
  readonly refreshToken: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** Of a session that has ended, and of somebody who was deactivated. */
  readonly endedSession: string;
  readonly deactivatedUser: string;
  readonly otherUser: string;
}

export interface Forgery {
  readonly what: string;
  readonly token: string;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
const without = (from: Json, name: string): Json =>
  Object.fromEntries(Object.entries(from).filter(([key]) => key !== name));

/** Tokens that nobody may come in with, and one that only repeats the good one: the tools work. */
export function forgeries(material: Material): { readonly resigned: string; readonly all: readonly Forgery[] } {
  const { good, privateKey, publicKey } = material;
  const [head = '', body = '', signature = ''] = good.split('.');
  const header = decode(head);
  const claims = decode(body);

  const unsigned = (h: unknown, c: unknown, s: string) => `${encode(h)}.${encode(c)}.${s}`;
  const signedBy = (make: (input: string) => Buffer, h: unknown, c: unknown = claims) => {
    const input = `${encode(h)}.${encode(c)}`;
    return `${input}.${make(Buffer.from(input).toString()).toString('base64url')}`;
  };
  const ours = (h: Json, c: unknown = claims) => signedBy((input) => sign(null, Buffer.from(input), privateKey), h, c);
  const hmac = (hash: string, secret: string | Buffer) => (input: string) =>
    createHmac(hash, secret).update(input).digest();
  const now = Math.floor(Date.now() / 1000);

  return {
    resigned: ours(header),
    all: [
      ...noAlgorithm(),
      ...confusedKeys(),
      ...strangersKeys(),
      ...keysThatTheTokenBrings(),
      ...strangeKeyIds(),
      ...wrongClaims(),
      ...wrongHeaders(),
      ...tampered(),
      ...noTokens(),
    ],
  };

  function noAlgorithm(): Forgery[] {
    return ['none', 'None', 'NONE', 'nOnE', '', null].flatMap((alg) =>
      ['', signature].map((s) => ({
        what: `alg ${JSON.stringify(alg)}, ${s ? 'the old signature' : 'no signature'}`,
        token: unsigned({ ...header, alg }, claims, s),
      })),
    );
  }

  function confusedKeys(): Forgery[] {
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    const jwk = publicKey.export({ format: 'jwk' });
    const secrets: readonly (readonly [string, string | Buffer])[] = [
      ['PEM', pem],
      ['PEM without its last line feed', pem.trim()],
      ['DER', der],
      ['32 bytes', Buffer.from(jwk.x!, 'base64url')],
      ['x', jwk.x!],
      ['JWK', JSON.stringify(jwk)],
      ['empty', ''],
    ];
    return secrets.flatMap(([what, secret]) =>
      (['256', '512'] as const).map((bits) => ({
        what: `HS${bits} under the public key (${what})`,
        token: signedBy(hmac(`sha${bits}`, secret), { ...header, alg: `HS${bits}` }),
      })),
    );
  }

  function strangersKeys(): Forgery[] {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const ed = generateKeyPairSync('ed25519').privateKey;
    const signing = (alg: string, hash: string | null, key: KeyObject) => ({
      what: `${alg} by a stranger's key`,
      token: signedBy((input) => sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }), {
        ...header,
        alg,
      }),
    });
    return [
      signing('EdDSA', null, ed),
      signing('Ed25519', null, ed),
      signing('RS256', 'sha256', rsa),
      signing('PS256', 'sha256', rsa),
      signing('ES256', 'sha256', ec),
      { what: 'Ed25519 by our key', token: ours({ ...header, alg: 'Ed25519' }) },
      { what: 'HS256 by our key', token: ours({ ...header, alg: 'HS256' }) },
    ];
  }

  function keysThatTheTokenBrings(): Forgery[] {
    const { privateKey: key, publicKey: own } = generateKeyPairSync('ed25519');
    const byStranger = (h: Json) => signedBy((input) => sign(null, Buffer.from(input), key), h);
    const jwk = own.export({ format: 'jwk' });
    const brought: readonly Json[] = [
      { jwk },
      { jwk, kid: undefined },
      { jku: 'https://evil.example/jwks.json' },
      { x5u: 'https://evil.example/cert.pem' },
      { x5c: [own.export({ type: 'spki', format: 'der' }).toString('base64')] },
    ];
    return brought.flatMap((more) => [
      { what: `brings its key: ${Object.keys(more).join(', ')}`, token: byStranger({ ...header, ...more }) },
      { what: `is ours and brings a key: ${Object.keys(more).join(', ')}`, token: ours({ ...header, ...more }) },
    ]);
  }

  function strangeKeyIds(): Forgery[] {
    const ids = [
      undefined,
      null,
      '',
      0,
      [header['kid']],
      { kid: header['kid'] },
      '__proto__',
      'constructor',
      '../../../../../dev/null',
      'file:///dev/null',
      'https://evil.example/jwks.json',
      "' UNION SELECT '' --",
      `${String(header['kid'])}\u0000`,
      String(header['kid']).toUpperCase(),
    ];
    return ids.flatMap((kid) => [
      { what: `our key called ${JSON.stringify(kid)}`, token: ours({ ...header, kid }) },
      {
        what: `an empty secret called ${JSON.stringify(kid)}`,
        token: signedBy(hmac('sha256', ''), { ...header, alg: 'HS256', kid }),
      },
    ]);
  }

  function wrongClaims(): Forgery[] {
    const changed = (what: string, change: Json) => ({ what, token: ours(header, { ...claims, ...change }) });
    return [
      changed('another issuer', { iss: 'https://evil.example' }),
      changed('a list of issuers', { iss: ['countersign'] }),
      changed('another audience', { aud: 'assistants' }),
      changed('a list of other audiences', { aud: ['assistants', 'loans'] }),
      changed('expired', { iat: now - 7200, exp: now - 3600 }),
      changed('expired this second', { exp: now }),
      changed('expires as text', { exp: String(now + 3600) }),
      changed('expires never', { exp: null }),
      changed('expired long ago', { exp: -1 }),
      changed('not yet valid', { nbf: now + 3600 }),
      changed('not yet valid, as text', { nbf: String(now + 3600) }),
      changed('issued at a text', { iat: 'now' }),
      changed('of another workspace', { workspaceId: 'other' }),
      changed('of no workspace', { workspaceId: '' }),
      changed('of a list of workspaces', { workspaceId: ['demo'] }),
      changed('of nobody we know', { sub: '00000000-0000-5000-8000-000000000000' }),
      changed('of a prototype', { sub: '__proto__' }),
      changed('of somebody deactivated', { sub: material.deactivatedUser }),
      changed('of a number', { sub: 1 }),
      changed('of a session that has ended', { sid: material.endedSession }),
      changed('of no session', { sid: null }),
      ...['iss', 'aud', 'sub', 'exp', 'iat', 'sid', 'jti', 'workspaceId'].map((name) => ({
        what: `without ${name}`,
        token: ours(header, without(claims, name)),
      })),
      ...[null, [], 'text', 1, {}].map((payload) => ({
        what: `claims that are ${JSON.stringify(payload)}`,
        token: ours(header, payload),
      })),
    ];
  }

  function wrongHeaders(): Forgery[] {
    const changed = (what: string, change: Json) => ({ what, token: ours({ ...header, ...change }) });
    return [
      changed('an id token', { typ: 'JWT' }),
      changed('a refresh token by its type', { typ: 'refresh+jwt' }),
      changed('of no type', { typ: undefined }),
      changed('critical extensions', { crit: ['exp'] }),
      changed('no critical extensions', { crit: [] }),
      changed('an unencoded payload', { b64: false, crit: ['b64'] }),
      changed('a compressed payload', { zip: 'DEF' }),
      changed('a nested token', { cty: 'JWT' }),
    ];
  }

  function tampered(): Forgery[] {
    const claiming = (change: Json) => `${head}.${encode({ ...claims, ...change })}.${signature}`;
    const flipped = Buffer.from(signature, 'base64url');
    flipped[10]! ^= 1;
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const lastOf = alphabet.indexOf(signature.at(-1)!);
    return [
      { what: 'more roles', token: claiming({ roles: ['admin'] }) },
      { what: 'another person', token: claiming({ sub: material.otherUser }) },
      { what: 'a longer life', token: claiming({ exp: now + 1e6 }) },
      { what: 'another session', token: claiming({ sid: '00000000-0000-4000-8000-000000000000' }) },
      { what: 'another header', token: `${encode({ ...header, typ: 'JWT' })}.${body}.${signature}` },
      { what: 'one bit of the signature', token: `${head}.${body}.${flipped.toString('base64url')}` },
      { what: 'another spelling of the signature', token: good.slice(0, -1) + alphabet[lastOf ^ 1] },
      { what: 'a shorter signature', token: good.slice(0, -4) },
      { what: 'a longer signature', token: `${good}AAAA` },
      { what: 'no signature', token: `${head}.${body}.` },
      { what: 'a random signature', token: `${head}.${body}.${randomBytes(64).toString('base64url')}` },
      { what: 'padding', token: `${good}==` },
      { what: 'a blank inside', token: `${head}. ${body}.${signature}` },
      { what: 'two parts', token: `${head}.${body}` },
      { what: 'four parts', token: `${good}.${signature}` },
      { what: 'five parts, as if encrypted', token: `${head}.${body}.${signature}.${body}.${signature}` },
      { what: 'a leading dot', token: `.${good}` },
      { what: 'twice', token: `${good},${good}` },
    ];
  }

  function noTokens(): Forgery[] {
    return [
      { what: 'the refresh token', token: material.refreshToken },
      { what: 'null', token: 'null' },
      { what: 'dots', token: '..' },
      { what: 'Latin letters', token: 'é.è.ê' },
      { what: 'claims only', token: encode(claims) },
      { what: 'a header that is no JSON', token: `e30K.${body}.${signature}` },
      { what: 'claims of 3,000 characters', token: ours(header, { ...claims, more: 'x'.repeat(3000) }) },
      { what: 'claims of 12,000 characters', token: ours(header, { ...claims, more: 'x'.repeat(12_000) }) },
      { what: '4,000 dots', token: '.'.repeat(4000) },
      { what: 'nesting', token: `${head}.${Buffer.from('['.repeat(2500)).toString('base64url')}.${signature}` },
    ];
  }
}
