import { Injectable } from '@nestjs/common';
import { StandingMoved } from '#libs/event-store/application/errors';
import { EventStore } from '#libs/event-store/application/event-store';
import { Clock } from '#libs/kernel/application/clock';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { OpenedBy } from '../domain/session.events.js';
import { AccessState } from './access-state.js';
import { AccessTokens } from './access-tokens.js';
import { RefreshTokens } from './refresh-tokens.js';
import { SessionStreams } from './session-streams.js';
import { Sessions, type KeptToken, type Session } from './sessions.js';

/** What comes with a request to sign in, beside the secret. */
export interface Came {
  readonly userAgent?: string | undefined;
  readonly address?: string | undefined;
  /** The part of the address that wrong passwords are counted by. */
  readonly network?: string | undefined;
}

interface Owner {
  readonly userId: string;
  readonly workspaceId: string;
}

/** Opens sessions, on the record, and makes their access tokens. */
@Injectable()
export class SessionOpening {
  constructor(
    private readonly store: EventStore,
    private readonly access: AccessState,
    private readonly sessions: Sessions,
    private readonly streams: SessionStreams,
    private readonly accessTokens: AccessTokens,
    private readonly ids: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  /**
   * @param token to refresh it with; without one it ends with its access token
   * @throws StandingMoved when what the metadata relies on has changed; then nobody holds the session
   */
  async open(
    { userId, workspaceId }: Owner,
    by: OpenedBy,
    token: KeptToken | undefined,
    { userAgent, address }: Came,
    metadata: CommandMetadata,
  ): Promise<Session> {
    const now = this.clock.now();
    const session: Session = {
      sessionId: this.ids.sessionId(),
      userId,
      workspaceId,
      createdAt: now,
      refreshedAt: now,
      expiresAt: token?.expiresAt ?? new Date(now.getTime() + this.accessTokens.lifetime * 1000),
      userAgent,
    };
    const { sessionId } = session;
    // Before it is recorded: whoever records that the sessions of this owner are over finds it.
    await this.sessions.open(session, token);
    const order = {
      type: 'OpenSession',
      data: { sessionId, userId, by, ...(address !== undefined && { address }) },
      facts: {},
      // Before the sign-in nobody is known: it is recorded in the name of whose it is.
      metadata: {
        ...metadata,
        workspaceId,
        actor: { id: userId, kind: by === 'client-secret' ? 'service' : 'user', roles: this.rolesOf(session) },
      },
    } as const;
    try {
      await this.streams.handle(sessionId, order);
      if (!this.store.capabilities.checkOnlyStreams) await this.checkStanding(metadata);
    } catch (refusal) {
      await this.sessions.end(sessionId, this.clock.now());
      throw refusal;
    }
    return session;
  }

  /** What comes into the log from here on finds the session; what came before it is looked for. */
  private async checkStanding({ standing = new Map() }: CommandMetadata): Promise<void> {
    await this.access.current();
    const moved = [...standing.keys()].map((streamId) => [streamId, this.access.revisionOf(streamId)] as const);
    if (moved.some(([streamId, revision]) => revision !== standing.get(streamId)))
      throw new StandingMoved(new Map(moved));
  }

  /** For as long as it lasts, its owner may do what the owner may at each moment. */
  accessToken(session: Session): Promise<string> {
    const claims = {
      sub: session.userId,
      workspaceId: session.workspaceId,
      roles: this.rolesOf(session),
      permissionsVersion: this.access.snapshot(session.workspaceId).revision,
      sid: session.sessionId,
      auth_time: session.createdAt.getTime() / 1000,
      jti: this.ids.sessionId(),
    };
    return this.accessTokens.issue(claims, this.clock.now());
  }

  rolesOf({ userId, workspaceId }: Owner): readonly string[] {
    return this.access.snapshot(workspaceId).person(userId)?.roles ?? [];
  }
}
