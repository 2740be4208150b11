import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Clock } from '#libs/kernel/application/clock';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { SessionState } from '../domain/session.decider.js';
import type { RevocationCause } from '../domain/session.events.js';
import { AccessState } from './access-state.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionStreams } from './session-streams.js';
import { Sessions, type Session } from './sessions.js';

interface Whose {
  readonly sessionId: string;
  readonly userId: string;
}

interface CommandOptions {
  readonly expectedRevision?: bigint;
  readonly dryRun?: boolean;
}

/** Shows sessions and ends them: every token of them is refused from then on. */
@Injectable()
export class SignOut {
  constructor(
    private readonly access: AccessState,
    private readonly sessions: Sessions,
    private readonly streams: SessionStreams,
    private readonly refreshTokens: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  /** Of a person or a program, those that are still good, newest first. */
  async running(userId: string): Promise<readonly Session[]> {
    const sessions = await this.sessions.ofUser(userId, this.clock.now());
    return sessions.filter((session) => !this.access.isOver(session));
  }

  /** By the record, however long ago: where sessions are kept that may have been missed. */
  async hasEnded(session: Session): Promise<boolean> {
    return this.access.isOver(session) || (await this.streams.load(session.sessionId)).state === 'revoked';
  }

  /** Ends the caller's session, and the one of the refresh token when it is the caller's too. */
  async logout(caller: Whose, refreshToken: string | undefined, metadata: CommandMetadata): Promise<void> {
    const other =
      refreshToken === undefined ? undefined : await this.sessions.ofToken(this.refreshTokens.hash(refreshToken));
    await this.end(caller, 'logout', metadata);
    if (other && other.userId === caller.userId && other.sessionId !== caller.sessionId)
      await this.end(other, 'logout', metadata);
  }

  /** @throws NotFound for a session that is not the caller's */
  async revoke(
    { userId }: { userId: string },
    sessionId: string,
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Promise<Outcome<SessionState>> {
    const session = await this.sessions.find(sessionId);
    if (session?.userId !== userId) throw new NotFound();
    return this.end(session, 'revoked', metadata, options);
  }

  /** Another person's, by an administrator. @throws NotFound for a session that is not theirs, or not of the workspace */
  async revokeFor(
    userId: string,
    sessionId: string,
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Promise<Outcome<SessionState>> {
    const session = await this.sessions.find(sessionId);
    if (session?.userId !== userId || session.workspaceId !== metadata.workspaceId) throw new NotFound();
    return this.record(session, 'revoked', metadata, options);
  }

  /** The log first: once it is there, every process refuses the session, whatever happens to this one. */
  async end(
    { sessionId, userId }: Whose,
    cause: RevocationCause,
    metadata: CommandMetadata,
    options: CommandOptions = {},
  ): Promise<Outcome<SessionState>> {
    const workspaceId = this.access.user(userId)?.workspaceId ?? metadata.workspaceId;
    // Whoever comes with a stolen token is nobody yet; the session is its owner's, so it is recorded in that name.
    const actor = metadata.actor.id === userId ? metadata.actor : ({ id: userId, kind: 'user', roles: [] } as const);
    // To leave takes no right.
    const { standing: _, ...request } = metadata;
    return this.record({ sessionId, userId }, cause, { ...request, workspaceId, actor }, options);
  }

  private async record(
    { sessionId, userId }: Whose,
    cause: RevocationCause,
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Promise<Outcome<SessionState>> {
    const order = { type: 'RevokeSession', data: { sessionId, userId, cause }, facts: {}, metadata } as const;
    const outcome = await this.streams.handle(sessionId, order, options);
    if (options.dryRun) return outcome;
    this.access.revoke(sessionId);
    await this.sessions.end(sessionId, this.clock.now());
    return outcome;
  }
}
