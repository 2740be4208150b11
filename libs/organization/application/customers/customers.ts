import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import type { Loaded, Outcome } from '#libs/event-store/application/stream-handler';
import { Directory } from '#libs/identity/application/directory';
import type { RowAccess } from '#libs/identity/application/row-access';
import type { CommandMetadata, Recorded } from '#libs/kernel/domain/message';
import { changesBetween } from '../../domain/changes.js';
import type { CustomerChange, CustomerFacts } from '../../domain/customers/customer.decider.js';
import { reaches, reachesBranch } from '../../domain/customers/customer-reach.js';
import type { CustomerEvent, CustomerType } from '../../domain/customers/customer.events.js';
import type { Customer, KnownCustomer } from '../../domain/customers/customer.state.js';
import { NotYours } from '../../domain/organization.errors.js';
import { Branches } from '../branches.js';
import type { AtRevision, CommandOptions } from '../organization-command.js';
import { customerIdOf, CustomerStreams } from './customer-streams.js';

/** Which customers somebody may see, and which of them change. */
export interface CustomerAccess {
  readonly read: RowAccess;
  readonly write: RowAccess;
}

type Sent = Promise<Outcome<Customer>>;
type Seen = Loaded<Customer> & { readonly state: KnownCustomer };

/** Registers, changes and shows customers, as far as the caller's permissions reach; reads come from the stream. */
@Injectable()
export class Customers {
  constructor(
    private readonly streams: CustomerStreams,
    private readonly directory: Directory,
    private readonly branches: Branches,
  ) {}

  /** Whoever may write only what is their own registers their own customers. @throws NotYours */
  async register(
    data: CustomerChange & { number: string; type: CustomerType; name: string; branchId: string },
    { write }: CustomerAccess,
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Sent {
    const { workspaceId, actor } = metadata;
    const { branchId, ownerOfficerId = write.reach === 'own' ? write.userId : null } = data;
    const isOwnBranch = this.directory.snapshot(workspaceId).person(actor.id)?.branchId === branchId;
    const fits =
      write.reach === 'own' ? isOwnBranch && ownerOfficerId === write.userId : reachesBranch(write, branchId);
    if (!fits) throw new NotYours();
    const customerId = customerIdOf(workspaceId, data.number);
    const order = { ...data, ownerOfficerId, customerId };
    const facts = await this.facts(order, workspaceId);
    return this.streams.handle(customerId, { type: 'RegisterCustomer', data: order, facts, metadata }, options);
  }

  /** @throws NotFound, NotYours: also where it would go out of reach */
  async change(
    data: CustomerChange & { customerId: string },
    access: CustomerAccess,
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Sent {
    await this.visible(data.customerId, access.read);
    const facts = { ...(await this.facts(data, metadata.workspaceId)), write: access.write };
    return this.streams.handle(data.customerId, { type: 'ChangeCustomer', data, facts, metadata }, options);
  }

  /** Whether it is active. @throws NotFound, NotYours */
  async setStatus(
    type: 'ActivateCustomer' | 'DeactivateCustomer',
    customerId: string,
    { read, write }: CustomerAccess,
    metadata: CommandMetadata,
    options: CommandOptions,
  ): Sent {
    await this.visible(customerId, read);
    return this.streams.handle(customerId, { type, data: { customerId }, facts: { write }, metadata }, options);
  }

  /** Whoever may see it now may see its past. @throws NotFound */
  async one(customerId: string, read: RowAccess, asOf?: string): Promise<AtRevision<KnownCustomer>> {
    const { state, revision } = await this.visible(customerId, read);
    if (asOf === undefined) return { view: state, revision };
    const past = await this.streams.loadAt(customerId, { asOf });
    if (past.state.status === 'unknown') throw new NotFound();
    return { view: past.state, revision: past.revision };
  }

  /** Oldest first. @throws NotFound */
  async history(customerId: string, read: RowAccess): Promise<readonly Recorded<CustomerEvent>[]> {
    await this.visible(customerId, read);
    return this.streams.history(customerId);
  }

  /** Between two revisions; the newest change unless told. @throws NotFound */
  async diff(customerId: string, read: RowAccess, asked: { from?: number; to?: number }) {
    const { revision } = await this.visible(customerId, read);
    const { to = Number(revision) } = asked;
    const { from = Math.max(0, to - 1) } = asked;
    if (Math.max(from, to) > Number(revision)) throw new NotFound('The customer has no such revision yet.');
    const at = async (wanted: number) => {
      const { state } = await this.streams.loadAt(customerId, { revision: BigInt(wanted) });
      return fieldsOf(state);
    };
    return { view: { from, to, fields: changesBetween(await at(from), await at(to)) }, revision };
  }

  private async visible(customerId: string, read: RowAccess): Promise<Seen> {
    const loaded = await this.streams.load(customerId, { workspaceId: read.workspaceId });
    const { state } = loaded;
    if (state.status === 'unknown' || !reaches(read, state)) throw new NotFound();
    return { ...loaded, state };
  }

  private async facts(
    { branchId, ownerOfficerId, relatedParties = [] }: CustomerChange,
    workspaceId: string,
  ): Promise<CustomerFacts> {
    const parties = await Promise.all(relatedParties.map(({ customerId }) => this.streams.load(customerId)));
    const owner = typeof ownerOfficerId === 'string' && this.directory.snapshot(workspaceId).person(ownerOfficerId);
    return {
      branchIsActive: branchId !== undefined && this.branches.isActive(workspaceId, branchId),
      ownerIsThere: owner ? owner.active : false,
      strangers: relatedParties.flatMap(({ customerId }, i) =>
        parties[i]?.workspaceId === workspaceId ? [] : [customerId],
      ),
    };
  }
}

function fieldsOf(customer: Customer) {
  if (customer.status === 'unknown') return {};
  const { details, relatedParties, registeredBy: _, ...fields } = customer;
  return { ...fields, ...details, relatedParties: relatedParties.map((party) => ({ ...party })) };
}
