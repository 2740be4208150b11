import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import { Unauthenticated } from '../domain/identity.errors.js';
import { AccessState } from './access-state.js';
import { AccessTokens } from './access-tokens.js';
import { ClientSecrets } from './client-secrets.js';
import { RefreshTokens } from './refresh-tokens.js';
import { Sessions } from './sessions.js';

export interface ClientSignedIn {
  readonly accessToken: string;
  /** Seconds until it expires. */
  readonly expiresIn: number;
}

/** Service accounts sign in by id and secret, and again when their token has expired: there is nothing to refresh. */
@Injectable()
export class ClientSignIn {
  constructor(
    private readonly access: AccessState,
    private readonly secrets: ClientSecrets,
    private readonly sessions: Sessions,
    private readonly accessTokens: AccessTokens,
    private readonly ids: RefreshTokens,
    private readonly clock: Clock,
  ) {}

  /** @throws Unauthenticated */
  async check(clientId: string, secret: string): Promise<void> {
    const isActive = this.access.service(clientId)?.status === 'active';
    if (!isActive || !(await this.secrets.isRight(clientId, secret, this.clock.now())))
      throw new Unauthenticated('The client id or the client secret is wrong.');
  }

  /** @throws Unauthenticated */
  async signIn(clientId: string, secret: string, userAgent: string | undefined): Promise<ClientSignedIn> {
    await this.check(clientId, secret);
    const { workspaceId } = this.access.service(clientId)!;
    const now = this.clock.now();
    const { lifetime } = this.accessTokens;
    const session = {
      sessionId: this.ids.sessionId(),
      userId: clientId,
      workspaceId,
      createdAt: now,
      refreshedAt: now,
      expiresAt: new Date(now.getTime() + lifetime * 1000),
      userAgent,
    };
    await this.sessions.open(session, undefined);
    const directory = this.access.snapshot(workspaceId);
    const claims = {
      sub: clientId,
      workspaceId,
      roles: directory.person(clientId)?.roles ?? [],
      permissionsVersion: directory.revision,
      sid: session.sessionId,
      auth_time: now.getTime() / 1000,
      jti: this.ids.sessionId(),
    };
    return { accessToken: await this.accessTokens.issue(claims, now), expiresIn: lifetime };
  }
}
