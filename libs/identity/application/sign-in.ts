import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { LockedOut, TokenExpired, TokenReused, Unauthenticated } from '../domain/identity.errors.js';
import type { Registered } from '../domain/user.state.js';
import { canonicalUsername } from '../domain/username.js';
import { AccessState } from './access-state.js';
import { AccessTokens } from './access-tokens.js';
import { Credentials } from './credentials.js';
import { LoginFailures } from './login-failures.js';
import { Passwords } from './passwords.js';
import { RefreshTokens } from './refresh-tokens.js';
import { Sessions, type Session } from './sessions.js';
import { SignOut } from './sign-out.js';
import { Slots } from './slots.js';

export interface SignedIn {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Seconds until the access token expires. */
  readonly expiresIn: number;
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly roles: readonly string[];
    readonly workspaceId: string;
  };
}

/** Two tabs may use one refresh token at the same moment: within this time a repeat is refused and nothing else, in ms. */
const TWO_TABS_MS = 1000;
const HASHING_SLOTS = 2;
const HASHING_QUEUE = 64;

/** Signing in, and staying signed in. */
@Injectable()
export class SignIn {
  private readonly slots = new Slots(HASHING_SLOTS, HASHING_QUEUE);

  constructor(
    private readonly access: AccessState,
    private readonly credentials: Credentials,
    private readonly passwords: Passwords,
    private readonly failures: LoginFailures,
    private readonly sessions: Sessions,
    private readonly signOut: SignOut,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  /** @throws Unauthenticated, LockedOut, SignInOverloaded */
  async login(typed: { username: string; password: string; userAgent?: string | undefined }): Promise<SignedIn> {
    const account = canonicalUsername(typed.username);
    const user = this.access.userNamed(account);
    const right = await this.slots.run(async () => {
      // Asked in the slot, not before the queue: of many guesses at once none is tried after the fifth wrong one.
      await this.refuseLocked(account);
      // Nobody has the empty id: an unknown name costs the same look-up.
      const hash = await this.credentials.find(user?.userId ?? '');
      const verdict = await this.passwords.verify(typed.password, hash);
      if (verdict === 'outdated' && user)
        await this.credentials.put(user.userId, await this.passwords.hash(typed.password), this.clock.now());
      if (verdict === 'wrong') await this.failures.count(account, this.clock.now());
      return verdict !== 'wrong';
    });
    if (!right || user?.status !== 'active') throw new Unauthenticated('The username or the password is wrong.');
    await this.failures.forget(account);
    return this.open(user, typed.userAgent);
  }

  /** @throws Unauthenticated, TokenExpired, TokenReused */
  async refresh(refreshToken: string, metadata: CommandMetadata): Promise<SignedIn> {
    const now = this.clock.now();
    const next = this.refreshTokens.make(now);
    const rotation = await this.sessions.rotate(this.refreshTokens.hash(refreshToken), next.kept, now);
    switch (rotation.result) {
      case 'rotated': {
        const { session } = rotation;
        const user = this.access.user(session.userId);
        if (user?.status !== 'active' || this.access.isRevoked(session.sessionId))
          throw new Unauthenticated('The session has ended.');
        return this.answer(user, session.sessionId, next.token);
      }
      case 'reused':
        if (rotation.agoMs <= TWO_TABS_MS) throw new TokenReused('This token has just been exchanged for a new one.');
        await this.signOut.end(rotation.session, 'reuse', metadata);
        throw new TokenReused('This token was exchanged before: the session is ended, sign in again.');
      case 'expired':
        throw new TokenExpired();
      case 'revoked':
      case 'unknown':
        throw new Unauthenticated('The refresh token is not valid.');
    }
  }

  private async refuseLocked(account: string): Promise<void> {
    const until = await this.failures.lockedUntil(account);
    const left = until === undefined ? 0 : until.getTime() - this.clock.now().getTime();
    if (left > 0) throw new LockedOut(Math.ceil(left / 1000));
  }

  private async open(user: Registered, userAgent: string | undefined): Promise<SignedIn> {
    const now = this.clock.now();
    const { token, kept } = this.refreshTokens.make(now);
    const session: Session = {
      sessionId: this.refreshTokens.sessionId(),
      userId: user.userId,
      workspaceId: user.workspaceId,
      createdAt: now,
      refreshedAt: now,
      expiresAt: kept.expiresAt,
      userAgent,
    };
    await this.sessions.open(session, kept);
    return this.answer(user, session.sessionId, token);
  }

  private async answer(user: Registered, sessionId: string, refreshToken: string): Promise<SignedIn> {
    const { userId, workspaceId } = user;
    const directory = this.access.snapshot(workspaceId);
    const roles = directory.person(userId)?.roles ?? [];
    const claims = {
      sub: userId,
      workspaceId,
      roles,
      permissionsVersion: directory.revision,
      sid: sessionId,
      jti: this.refreshTokens.sessionId(),
    };
    return {
      accessToken: await this.accessTokens.issue(claims, this.clock.now()),
      refreshToken,
      expiresIn: this.accessTokens.lifetime,
      user: { id: userId, username: user.username ?? '', roles, workspaceId },
    };
  }
}
