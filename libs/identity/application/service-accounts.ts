import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import type { Outcome } from '#libs/event-store/application/stream-handler';
import { Clock } from '#libs/kernel/application/clock';
import { derivedId } from '#libs/kernel/domain/ids';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { Grant } from '../domain/permissions.js';
import {
  isCreated,
  type ServiceAccount,
  type ServiceAccountCommand,
  type ServiceAccountState,
} from '../domain/service-account.js';
import { AccessState } from './access-state.js';
import { ClientSecrets } from './client-secrets.js';
import { Places } from './places.js';
import { ROOT_BRANCH } from './row-access.js';
import { ServiceAccountStreams } from './service-account-streams.js';

interface CommandOptions {
  readonly expectedRevision?: bigint;
  readonly dryRun?: boolean;
}

type Sent = Promise<Outcome<ServiceAccountState>>;

export interface WithSecret {
  readonly outcome: Outcome<ServiceAccountState>;
  /** Undefined in a dry run, and when it was told before. */
  readonly secret: string | undefined;
}

export interface NewServiceAccount {
  readonly name: string;
  readonly role?: 'service' | 'assistant';
  readonly branchId?: string;
  readonly grants?: readonly Grant[];
}

/** Programs that call us: made, granted permissions, given secrets and deactivated by administrators. */
@Injectable()
export class ServiceAccounts {
  constructor(
    private readonly streams: ServiceAccountStreams,
    private readonly secrets: ClientSecrets,
    private readonly access: AccessState,
    private readonly places: Places,
    private readonly clock: Clock,
  ) {}

  /** In the order of their names, deactivated ones too. */
  list(workspaceId: string): readonly ServiceAccount[] {
    return this.access.servicesOf(workspaceId).toSorted((a, b) => compare(a, b));
  }

  /** @throws NotFound */
  find(workspaceId: string, serviceId: string): ServiceAccount {
    const account = this.access.service(serviceId);
    if (account?.workspaceId !== workspaceId) throw new NotFound();
    return account;
  }

  /** @throws ServiceNameTaken, InvalidPlace, InvalidUser for a permission that is not granted to programs */
  async create(
    { name, role = 'service', branchId = ROOT_BRANCH, grants = [] }: NewServiceAccount,
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Promise<WithSecret> {
    const serviceId = derivedId(metadata.commandId, 'service', 0);
    const data = { serviceId, name, role, branchId, grants };
    const claim = this.streams.nameClaim(name);
    const { workspaceId } = metadata;
    const facts = () => ({ isBranch: this.places.isBranch(workspaceId, branchId) });
    const order = { type: 'CreateServiceAccount', data, facts: facts(), metadata } as const;
    const premises = {
      seen: () => this.places.reliesOn(workspaceId, { branchId }),
      renewed: async (before: ServiceAccountCommand) => {
        await this.places.current();
        return { ...before, facts: facts() } as never;
      },
    };
    const outcome = await this.known(this.streams.handle(serviceId, order, { ...options, claim, premises }));
    return this.withSecret(serviceId, outcome, options);
  }

  /** @param overlapMinutes how long the secret before is still good */
  async rotateSecret(
    serviceId: string,
    overlapMinutes: number,
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Promise<WithSecret> {
    const previousUntil = new Date(Date.parse(metadata.now) + overlapMinutes * 60_000).toISOString();
    const data = { serviceId, previousUntil };
    const outcome = await this.send({ type: 'RotateClientSecret', data, facts: {}, metadata }, options);
    return this.withSecret(serviceId, outcome, options);
  }

  grant(serviceId: string, grant: Grant, metadata: CommandMetadata, options: CommandOptions): Sent {
    return this.send({ type: 'GrantPermission', data: { serviceId, ...grant }, facts: {}, metadata }, options);
  }

  withdraw(serviceId: string, permission: string, metadata: CommandMetadata, options: CommandOptions): Sent {
    return this.send({ type: 'WithdrawPermission', data: { serviceId, permission }, facts: {}, metadata }, options);
  }

  async deactivate(serviceId: string, metadata: CommandMetadata, options: CommandOptions): Sent {
    const data = { serviceId };
    const outcome = await this.send({ type: 'DeactivateServiceAccount', data, facts: {}, metadata }, options);
    if (!options.dryRun) await this.secrets.forget(serviceId);
    return outcome;
  }

  private send(command: ServiceAccountCommand, options: CommandOptions): Sent {
    return this.known(this.streams.handle(command.data.serviceId, command, options));
  }

  /** What has changed is known to this process before the answer, to others as soon as they read the log. */
  private async known(sent: Sent): Sent {
    const outcome = await sent;
    await this.access.reached(outcome.receipt.position);
    return outcome;
  }

  /** The secret is made when it is recorded that there is one; a try that broke off in between is made good by the next. */
  private async withSecret(
    serviceId: string,
    outcome: Outcome<ServiceAccountState>,
    { dryRun }: CommandOptions,
  ): Promise<WithSecret> {
    const { state, replayed: repeated } = outcome;
    const isActive = this.access.service(serviceId)?.status === 'active';
    if (dryRun || !isActive || !isCreated(state)) return { outcome, secret: undefined };
    const now = this.clock.now();
    const { at, previousUntil = now } = state.rotated ?? { at: state.createdAt };
    const order = {
      clientId: serviceId,
      commandId: outcome.receipt.commandId,
      at: new Date(at),
      previousUntil: new Date(previousUntil),
      repeated,
    };
    return { outcome, secret: await this.secrets.renew(order, now) };
  }
}

const compare = (a: ServiceAccount, b: ServiceAccount): number =>
  a.name < b.name || (a.name === b.name && a.serviceId < b.serviceId) ? -1 : 1;
