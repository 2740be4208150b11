import { errors, jwtVerify, SignJWT, type JWTHeaderParameters } from 'jose';
import { AccessTokens, type AccessClaims, type PublicKey, type VerifiedClaims } from '../application/access-tokens.js';
import { TokenExpired, Unauthenticated } from '../domain/identity.errors.js';
import { tokenKey, type SigningKey, type TokenKey } from './signing-key.js';

const ISSUER = 'countersign';
const AUDIENCE = 'countersign';
/** RFC 9068: an access token, and nothing else that may be signed with the same key. */
const TYPE = 'at+jwt';
const HEADER = new Set(['alg', 'kid', 'typ']);
const TEXTS = ['sub', 'workspaceId', 'sid', 'jti'] as const;

/** Access tokens as JWTs, signed by the first key that can; every key checks what its own name stands in. */
export class JwtAccessTokens extends AccessTokens {
  private readonly current: TokenKey;
  private readonly keys: ReadonlyMap<string, TokenKey>;

  /**
   * @param keys the first that can sign does, all are accepted
   * @param lifetime seconds
   */
  constructor(
    keys: readonly [SigningKey, ...SigningKey[]],
    readonly lifetime: number,
  ) {
    super();
    const known = keys.map(tokenKey);
    const signing = known.find(({ signs }) => signs !== undefined);
    if (!signing) throw new TypeError('None of the signing keys can sign.');
    this.current = signing;
    this.keys = new Map(known.map((key) => [key.kid, key]));
  }

  issue({ sub, jti, ...claims }: AccessClaims, now: Date): Promise<string> {
    const { kid, algorithm, signs } = this.current;
    const iat = Math.floor(now.getTime() / 1000);
    return new SignJWT({ ...claims, roles: [...claims.roles] })
      .setProtectedHeader({ alg: algorithm, kid, typ: TYPE })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(sub)
      .setJti(jti)
      .setIssuedAt(iat)
      .setExpirationTime(iat + this.lifetime)
      .sign(signs!);
  }

  async verify(token: string, now: Date): Promise<VerifiedClaims> {
    if (!isOneSpelling(token)) throw new Unauthenticated('The access token is not valid.');
    try {
      const { payload } = await jwtVerify<VerifiedClaims>(token, (header) => this.keyOf(header).checks, {
        algorithms: ['EdDSA', 'HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: TYPE,
        currentDate: now,
        requiredClaims: ['iat', 'exp', 'auth_time', ...TEXTS],
      });
      if (TEXTS.every((name) => typeof payload[name] === 'string') && typeof payload.auth_time === 'number')
        return payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new TokenExpired();
      if (!(error instanceof errors.JOSEError)) throw error;
    }
    throw new Unauthenticated('The access token is not valid.');
  }

  publicKeys(): readonly PublicKey[] {
    return [...this.keys.values()].flatMap(({ kid, algorithm, checks }) => {
      if (algorithm !== 'EdDSA') return [];
      const { x = '' } = checks.export({ format: 'jwk' });
      return [{ kid, kty: 'OKP', crv: 'Ed25519', alg: algorithm, use: 'sig', x }];
    });
  }

  /** Ours, by its name; with the algorithm that is the key's. A token brings no key and no address of one. */
  private keyOf(header: JWTHeaderParameters): TokenKey {
    const key = this.keys.get(header.kid ?? '');
    if (!key || key.algorithm !== header.alg || Object.keys(header).some((name) => !HEADER.has(name)))
      throw new Unauthenticated('The access token is not ours.');
    return key;
  }
}

/** Base64url may end in bits that mean nothing: what is not the one spelling of its bytes was changed by somebody. */
const isOneSpelling = (token: string): boolean =>
  token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
