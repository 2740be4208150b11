import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Clock } from '#libs/kernel/application/clock';
import { Unauthenticated, TokenExpired } from '../domain/identity.errors.js';
import { scopeHeld, type Permission, type Scope } from '../domain/permissions.js';
import { AccessState } from './access-state.js';
import { AccessTokens, type VerifiedClaims } from './access-tokens.js';
import { Authenticator, type Principal } from './authenticator.js';
import type { Person } from './directory.js';

/** A verified token, and the caller it stood for when the directory was last looked at. */
interface Remembered {
  readonly claims: VerifiedClaims;
  readonly caller: Caller;
  /** How much had been heard of anybody's access. */
  readonly heard: number;
}

class Caller implements Principal {
  private readonly scopes = new Map<Permission, Scope | undefined>();

  constructor(
    readonly userId: string,
    readonly workspaceId: string,
    readonly sessionId: string,
    readonly person: Person,
    readonly standing: Principal['standing'],
  ) {}

  scope(permission: Permission): Scope | undefined {
    if (!this.scopes.has(permission)) this.scopes.set(permission, scopeHeld(permission, this.person));
    return this.scopes.get(permission);
  }
}

const sessionOf = ({ sub: userId, sid: sessionId, auth_time }: VerifiedClaims) => ({
  userId,
  sessionId,
  createdAt: new Date(auth_time * 1000),
});

/**
 * Checks a token's signature once and remembers it until it expires; whether its session still stands and what its
 * owner may do is asked of the access state every time.
 */
@Injectable()
export class TokenAuthenticator extends Authenticator {
  private readonly verified = new LRUCache<string, Remembered>({ max: 20_000 });

  constructor(
    private readonly tokens: AccessTokens,
    private readonly access: AccessState,
    private readonly clock: Clock,
  ) {
    super();
  }

  async authenticate(accessToken: string): Promise<Principal> {
    const known = this.verified.get(accessToken);
    const now = this.clock.now();
    if (known && known.claims.exp * 1000 <= now.getTime()) {
      this.verified.delete(accessToken);
      throw new TokenExpired();
    }
    const claims = known?.claims ?? (await this.tokens.verify(accessToken, now));
    if (this.access.isOver(sessionOf(claims))) throw new Unauthenticated('The session has ended.');
    const person = this.access.snapshot(claims.workspaceId).person(claims.sub);
    if (!person?.active) throw new Unauthenticated('This user is not active.');
    const { heard } = this.access;
    if (known?.caller.person === person && known.heard === heard) return known.caller;
    const standing = this.access.standingOf(claims.sub, claims.sid);
    const caller = new Caller(claims.sub, claims.workspaceId, claims.sid, person, standing);
    this.verified.set(accessToken, { claims, caller, heard });
    return caller;
  }

  current(): Promise<void> {
    return this.access.current();
  }
}
