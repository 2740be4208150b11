import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { TokenExpired, TokenReused, Unauthenticated } from '../domain/identity.errors.js';
import type { Registered } from '../domain/user.state.js';
import { canonicalUsername } from '../domain/username.js';
import { AccessState } from './access-state.js';
import { AccessTokens } from './access-tokens.js';
import { PasswordCheck } from './password-check.js';
import { RefreshTokens } from './refresh-tokens.js';
import { Sessions, type Session } from './sessions.js';
import { SignOut } from './sign-out.js';

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

/** What somebody types to sign in, and what comes with it. */
export interface Typed {
  readonly username: string;
  readonly password: string;
  readonly userAgent?: string | undefined;
  /** The network it came from, for counting wrong passwords. */
  readonly network?: string | undefined;
}

/** Two tabs may use one refresh token at the same moment: within this time a repeat is refused and nothing else, in ms. */
const TWO_TABS_MS = 1000;

/** Signing in, and staying signed in. */
@Injectable()
export class SignIn {
  constructor(
    private readonly access: AccessState,
    private readonly check: PasswordCheck,
    private readonly sessions: Sessions,
    private readonly signOut: SignOut,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  /** @throws Unauthenticated, LockedOut, SignInOverloaded */
  async login(typed: Typed): Promise<SignedIn> {
    const { password, userAgent, network } = typed;
    const account = canonicalUsername(typed.username);
    const user = this.access.userNamed(account);
    const right = await this.check.isRight({ account, userId: user?.userId, password, network }, 'sign-in');
    if (!right || user?.status !== 'active') throw new Unauthenticated('The username or the password is wrong.');
    return this.open(user, userAgent);
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
        if (user?.status !== 'active' || this.access.isOver(session))
          throw new Unauthenticated('The session has ended.');
        return this.answer(user, session, next.token);
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
    return this.answer(user, session, token);
  }

  private async answer(user: Registered, session: Session, refreshToken: string): Promise<SignedIn> {
    const { userId, workspaceId } = user;
    const directory = this.access.snapshot(workspaceId);
    const roles = directory.person(userId)?.roles ?? [];
    const claims = {
      sub: userId,
      workspaceId,
      roles,
      permissionsVersion: directory.revision,
      sid: session.sessionId,
      auth_time: session.createdAt.getTime() / 1000,
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
