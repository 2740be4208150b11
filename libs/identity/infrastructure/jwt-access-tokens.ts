import type { KeyObject } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { AccessTokens, type AccessClaims, type VerifiedClaims } from '../application/access-tokens.js';
import { TokenExpired, Unauthenticated } from '../domain/identity.errors.js';

/** A secret that signs access tokens; `kid` names it in the tokens, so that it can be replaced while old tokens live. */
export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
}

const ISSUER = 'countersign';

/** HS256 tokens under a `KeyObject` (a secret given as text costs half a millisecond at every check). */
export class JwtAccessTokens extends AccessTokens {
  private readonly jwt = new JwtService();
  private readonly current: SigningKey;
  private readonly keys: ReadonlyMap<string, KeyObject>;

  /**
   * @param keys the first signs, all are accepted
   * @param lifetime seconds
   */
  constructor(
    keys: readonly [SigningKey, ...SigningKey[]],
    readonly lifetime: number,
  ) {
    super();
    this.current = keys[0];
    this.keys = new Map(keys.map(({ kid, key }) => [kid, key]));
  }

  issue(claims: AccessClaims, now: Date): string {
    const iat = Math.floor(now.getTime() / 1000);
    return this.jwt.sign(
      { ...claims, roles: [...claims.roles], iss: ISSUER, iat, exp: iat + this.lifetime },
      // The library accepts a KeyObject; its type only knows text and buffers.
      { secret: this.current.key as unknown as string, algorithm: 'HS256', keyid: this.current.kid },
    );
  }

  verify(token: string, now: Date): VerifiedClaims {
    const key = this.keys.get(keyIdOf(token) ?? '');
    if (!key) throw new Unauthenticated('The access token is not ours.');
    try {
      return this.jwt.verify<VerifiedClaims & object>(token, {
        secret: key as unknown as string,
        algorithms: ['HS256'],
        issuer: ISSUER,
        clockTimestamp: Math.floor(now.getTime() / 1000),
      });
    } catch (error) {
      if ((error as Error).name === 'TokenExpiredError') throw new TokenExpired();
      throw new Unauthenticated('The access token is not valid.');
    }
  }
}

/** The key a token says it was signed with; nothing in it is believed before its signature was checked. */
function keyIdOf(token: string): string | undefined {
  try {
    const header = JSON.parse(Buffer.from(token.split('.', 1)[0]!, 'base64url').toString('utf8')) as { kid?: unknown };
    return typeof header?.kid === 'string' ? header.kid : undefined;
  } catch {
    return undefined;
  }
}
