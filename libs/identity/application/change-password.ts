import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Clock } from '#libs/kernel/application/clock';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { CredentialState } from '../domain/credential.decider.js';
import { InvalidUser, UserNotActive } from '../domain/identity.errors.js';
import { checkPassword } from '../domain/password.js';
import { canonicalUsername } from '../domain/username.js';
import { AccessState } from './access-state.js';
import { CredentialStreams } from './credential-streams.js';
import { Credentials } from './credentials.js';
import { LoginFailures } from './login-failures.js';
import { OneTimeSecrets, type OneTimeSecret } from './one-time-secrets.js';
import { PasswordCheck } from './password-check.js';
import { Passwords } from './passwords.js';
import { Sessions } from './sessions.js';
import { SignOut } from './sign-out.js';
import { HashingSlots } from './slots.js';

export interface PasswordsTyped {
  readonly currentPassword: string;
  readonly newPassword: string;
}

export interface ResetOutcome {
  readonly outcome: Outcome<CredentialState>;
  /** Undefined in a dry run and in the answer to a repeated command: it is told once. */
  readonly secret: OneTimeSecret | undefined;
}

/**
 * New passwords. The log first: whatever happens after it, the sessions from before are over, and the password from
 * before opens no other.
 */
@Injectable()
export class ChangePassword {
  constructor(
    private readonly access: AccessState,
    private readonly check: PasswordCheck,
    private readonly slots: HashingSlots,
    private readonly passwords: Passwords,
    private readonly credentials: Credentials,
    private readonly failures: LoginFailures,
    private readonly streams: CredentialStreams,
    private readonly sessions: Sessions,
    private readonly signOut: SignOut,
    private readonly secrets: OneTimeSecrets,
    private readonly clock: Clock,
  ) {}

  /**
   * By its owner; every other session ends.
   * @throws InvalidUser, LockedOut, SignInOverloaded; NotFound for whoever has no password, as a service account
   */
  async change(
    { userId, sessionId }: { userId: string; sessionId: string },
    { currentPassword: password, newPassword }: PasswordsTyped,
    network: string | undefined,
    metadata: CommandMetadata,
  ): Promise<void> {
    const username = this.access.user(userId)?.username;
    if (username === undefined) throw new NotFound();
    checkPassword(newPassword, username, '/newPassword');
    if (newPassword === password) throw new InvalidUser('/newPassword', 'The new password is the one before.');
    const account = canonicalUsername(username);
    if (!(await this.check.isRight({ account, userId, password, network }, 'replace')))
      throw new InvalidUser('/currentPassword', 'This is not the current password.');
    const hash = await this.slots.run(() => this.passwords.hash(newPassword));
    const data = { userId, keeps: sessionId };
    const { receipt } = await this.streams.handle(userId, { type: 'ChangePassword', data, facts: {}, metadata });
    // As old as its event: kept behind a later reset, it is refused at the door.
    await this.credentials.put(userId, hash, new Date(metadata.now));
    await this.endSessions(userId, sessionId, metadata);
    await this.access.reached(receipt.position);
  }

  /**
   * By an administrator, who gets a secret to hand over: good for one sign-in in its time. Every session ends.
   * @throws NotFound, UserNotActive
   */
  async reset(userId: string, metadata: CommandMetadata, options: { dryRun?: boolean } = {}): Promise<ResetOutcome> {
    const user = this.access.user(userId);
    if (user?.workspaceId !== metadata.workspaceId) throw new NotFound();
    if (user.status !== 'active' || user.username === undefined) throw new UserNotActive();
    const until = this.secrets.untilIn(user.workspaceId);
    const data = { userId, until: until.toISOString() };
    const order = { type: 'ResetPassword', data, facts: {}, metadata } as const;
    const outcome = await this.streams.handle(userId, order, options);
    if (options.dryRun || outcome.replayed) return { outcome, secret: undefined };
    const secret = await this.secrets.put(userId, until);
    await this.failures.forget(canonicalUsername(user.username));
    await this.endSessions(userId, undefined, metadata);
    await this.access.reached(outcome.receipt.position);
    return { outcome, secret };
  }

  /** The event ends what was opened until its instant; what was opened while it was on its way is ended one by one. */
  private async endSessions(userId: string, but: string | undefined, metadata: CommandMetadata): Promise<void> {
    const { standing: _, ...unconditional } = metadata;
    for (const { sessionId, createdAt } of await this.sessions.endAll(userId, but, this.clock.now()))
      if (createdAt.toISOString() > metadata.now) await this.signOut.revokeFor(userId, sessionId, unconditional, {});
  }
}
