import { Injectable } from '@nestjs/common';
import { StandingMoved } from '#libs/event-store/application/errors';
import { Clock } from '#libs/kernel/application/clock';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { Settings } from '#libs/organization/application/settings/settings';
import { LockedOut, TokenExpired, TokenReused, Unauthenticated } from '../domain/identity.errors.js';
import type { SignInFailure } from '../domain/refusal.events.js';
import type { Registered } from '../domain/user.state.js';
import { canonicalUsername } from '../domain/username.js';
import { AccessRecords } from './access-records.js';
import { AccessState } from './access-state.js';
import { AccessTokens } from './access-tokens.js';
import { PasswordCheck } from './password-check.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionOpening, type Came } from './session-opening.js';
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

/** What somebody types to sign in. */
export interface Typed {
  readonly username: string;
  readonly password: string;
}

/** Two tabs may use one refresh token at the same moment: within this time a repeat is refused and nothing else, in ms. */
const TWO_TABS_MS = 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Signing in, and staying signed in. */
@Injectable()
export class SignIn {
  constructor(
    private readonly access: AccessState,
    private readonly check: PasswordCheck,
    private readonly sessions: Sessions,
    private readonly opening: SessionOpening,
    private readonly records: AccessRecords,
    private readonly signOut: SignOut,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly settings: Settings,
    private readonly clock: Clock,
  ) {}

  /** @throws Unauthenticated, LockedOut, SignInOverloaded */
  async login(typed: Typed, came: Came, metadata: CommandMetadata): Promise<SignedIn> {
    try {
      return await this.attempt(typed, came, metadata);
    } catch (refusal) {
      if (!(refusal instanceof StandingMoved)) throw refusal;
      // Another password took the place of this one while it was tried.
      await this.access.current();
      return this.attempt(typed, came, metadata);
    }
  }

  private async attempt({ username, password }: Typed, came: Came, metadata: CommandMetadata): Promise<SignedIn> {
    const account = canonicalUsername(username);
    const user = this.access.userNamed(account);
    // Looked at before the password is: a session relies on the password that it was opened by.
    const { standing, since } = this.access.passwordOf(user?.userId ?? '');
    const attempt = { account, userId: user?.userId, password, network: came.network, since };
    const failed = (cause: SignInFailure) => this.failed(user, cause, came, metadata);
    const right = await this.check.isRight(attempt, 'sign-in').catch((refusal: unknown) => {
      if (refusal instanceof LockedOut) failed('locked');
      throw refusal;
    });
    if (!right || user?.status !== 'active') {
      failed(right ? 'inactive' : 'wrong-secret');
      throw new Unauthenticated('The username or the password is wrong.');
    }
    const { token, kept } = this.refreshTokens.make(this.expiry(user.workspaceId));
    const session = await this.opening.open(user, 'password', kept, came, { ...metadata, standing });
    return this.answer(user, session, token);
  }

  /** @throws Unauthenticated, TokenExpired, TokenReused */
  async refresh(refreshToken: string, metadata: CommandMetadata): Promise<SignedIn> {
    const now = this.clock.now();
    const hash = this.refreshTokens.hash(refreshToken);
    const owner = await this.sessions.ofToken(hash);
    const workspaceId = this.access.user(owner?.userId ?? '')?.workspaceId ?? '';
    const next = this.refreshTokens.make(this.expiry(workspaceId));
    const rotation = await this.sessions.rotate(hash, next.kept, now);
    switch (rotation.result) {
      case 'rotated': {
        const { session } = rotation;
        const user = this.access.user(session.userId);
        if (user?.status !== 'active' || (await this.signOut.hasEnded(session)))
          throw new Unauthenticated('The session has ended.');
        return this.answer(user, session, next.token);
      }
      case 'reused':
        if (rotation.agoMs <= TWO_TABS_MS) throw new TokenReused('This token has just been exchanged for a new one.');
        await this.signOut.end(rotation.session, 'reuse', metadata);
        throw new TokenReused('This token was exchanged before: the session is ended, sign in again.');
      case 'expired':
        throw new TokenExpired('The refresh token has expired: sign in again.');
      case 'revoked':
      case 'unknown':
        throw new Unauthenticated('The refresh token is not valid.');
    }
  }

  /** When a refresh token of now ends, by the setting of the workspace. */
  private expiry(workspaceId: string): Date {
    const now = this.clock.now();
    const days = this.settings.value(workspaceId, 'refresh-token-days', now.toISOString());
    return new Date(now.getTime() + days * DAY_MS);
  }

  private async answer(user: Registered, session: Session, refreshToken: string): Promise<SignedIn> {
    const { userId: id, workspaceId, username = '' } = user;
    return {
      accessToken: await this.opening.accessToken(session),
      refreshToken,
      expiresIn: this.accessTokens.lifetime,
      user: { id, username, roles: this.opening.rolesOf(session), workspaceId },
    };
  }

  private failed(user: Registered | undefined, cause: SignInFailure, came: Came, metadata: CommandMetadata): void {
    const { correlationId: requestId } = metadata;
    const actor = { id: user?.userId ?? 'anonymous', kind: 'user', roles: [] } as const;
    const who = { userId: user?.userId, workspaceId: user?.workspaceId ?? '', actor };
    this.records.signInFailed(who, cause, came.network, { requestId, address: came.address });
  }
}
