import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/kernel/application/clock';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import { Unauthenticated } from '../domain/identity.errors.js';
import type { ServiceAccount } from '../domain/service-account.js';
import { AccessRecords } from './access-records.js';
import { AccessState } from './access-state.js';
import { AccessTokens } from './access-tokens.js';
import { ClientSecrets } from './client-secrets.js';
import { SessionOpening, type Came } from './session-opening.js';

export interface Client {
  readonly id: string;
  readonly secret: string;
}

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
    private readonly opening: SessionOpening,
    private readonly accessTokens: AccessTokens,
    private readonly records: AccessRecords,
    private readonly clock: Clock,
  ) {}

  /** @throws Unauthenticated */
  async check({ id, secret }: Client, came: Came, { correlationId }: CommandMetadata): Promise<ServiceAccount> {
    const account = this.access.service(id);
    if (account?.status === 'active' && (await this.isRight(account, secret))) return account;
    const workspaceId = account?.workspaceId ?? '';
    const who = { userId: account?.serviceId, workspaceId, actor: actorOf(account) };
    const cause = account?.status === 'deactivated' ? 'inactive' : 'wrong-secret';
    this.records.signInFailed(who, cause, came.network, { requestId: correlationId, address: came.address });
    throw new Unauthenticated('The client id or the client secret is wrong.');
  }

  /** By the log too: what a rotation ended is over, whatever is kept of it. */
  private isRight({ serviceId, rotated }: ServiceAccount, secret: string): Promise<boolean> {
    const now = this.clock.now();
    const isOver = rotated !== undefined && rotated.previousUntil <= now.toISOString();
    return this.secrets.isRight(serviceId, secret, now, isOver ? new Date(rotated.at) : undefined);
  }

  /** @throws Unauthenticated */
  async signIn(client: Client, came: Came, metadata: CommandMetadata): Promise<ClientSignedIn> {
    const { serviceId: userId, workspaceId } = await this.check(client, came, metadata);
    const session = await this.opening.open({ userId, workspaceId }, 'client-secret', undefined, came, metadata);
    return { accessToken: await this.opening.accessToken(session), expiresIn: this.accessTokens.lifetime };
  }
}

const actorOf = (account: ServiceAccount | undefined) =>
  ({ id: account?.serviceId ?? 'anonymous', kind: 'service', roles: [] }) as const;
