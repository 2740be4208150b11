import type { Decider } from '#libs/kernel/domain/decider';
import { sameJson } from '#libs/kernel/domain/json';
import type { Command } from '#libs/kernel/domain/message';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { AlreadyExists, NotYours, OrganizationInvalid, UnknownHere } from '../organization.errors.js';
import { reaches, type CustomerReach } from './customer-reach.js';
import type { CustomerEvent, CustomerType, RelatedParty, StoredDetails } from './customer.events.js';
import {
  detailNames,
  evolve,
  noCustomer,
  type Customer,
  type CustomerDetails,
  type KnownCustomer,
} from './customer.state.js';

/** What a client may say about a customer; null takes a detail away. */
export type CustomerChange = Readonly<{
  [Name in keyof CustomerDetails]?: string | null;
}> &
  Readonly<{ branchId?: string; ownerOfficerId?: string | null; relatedParties?: readonly RelatedParty[] }>;

/** What other rooms and streams know about what the command names. */
export interface CustomerFacts {
  /** The branch exists and is active. */
  readonly branchIsActive: boolean;
  /** The officer is an active person here. */
  readonly ownerIsThere: boolean;
  /** Of the related parties, those that are no customers here. */
  readonly strangers: readonly string[];
}

/** What the caller may write: asked of the customer as it is when the change is recorded. */
export interface WriteAccess {
  readonly write: CustomerReach;
}

export type RegisterCustomer = Command<
  'RegisterCustomer',
  CustomerChange & { customerId: string; number: string; type: CustomerType; name: string; branchId: string },
  CustomerFacts
>;
export type ChangeCustomer = Command<
  'ChangeCustomer',
  CustomerChange & { customerId: string },
  CustomerFacts & WriteAccess
>;
export type DeactivateCustomer = Command<'DeactivateCustomer', { customerId: string }, WriteAccess>;
export type ActivateCustomer = Command<'ActivateCustomer', { customerId: string }, WriteAccess>;
export type CustomerCommand = RegisterCustomer | ChangeCustomer | DeactivateCustomer | ActivateCustomer;

function register({ data, facts, metadata }: RegisterCustomer, customer: Customer): CustomerEvent[] {
  const { customerId, number, type, branchId, ownerOfficerId = null, relatedParties = [] } = data;
  if (customer.status !== 'unknown') throw new AlreadyExists('There is a customer of this number.', { customerId });
  check(data, facts);
  const details = changedDetails({}, data);
  const what = { customerId, number, type, branchId, ownerOfficerId, details, relatedParties: [...relatedParties] };
  return [{ type: 'CustomerRegistered', data: { ...what, registeredBy: metadata.actor.id, at: metadata.now } }];
}

function change({ data, facts, metadata }: ChangeCustomer, customer: KnownCustomer): CustomerEvent[] {
  const { customerId, branchId = customer.branchId, ownerOfficerId = customer.ownerOfficerId, relatedParties } = data;
  if (!reaches(facts.write, { ...customer, branchId, ownerOfficerId })) throw new NotYours();
  check(data, facts);
  const { now: at } = metadata;
  const details = changedDetails(customer.details, data);
  const events: CustomerEvent[] = [];
  if (detailNames.some((name) => details[name] !== customer.details[name]))
    events.push({ type: 'CustomerDetailsChanged', data: { customerId, details, at } });
  if (branchId !== customer.branchId || ownerOfficerId !== customer.ownerOfficerId)
    events.push({ type: 'CustomerAssigned', data: { customerId, branchId, ownerOfficerId, at } });
  if (relatedParties && !sameJson(relatedParties, customer.relatedParties))
    events.push({ type: 'RelatedPartiesSet', data: { customerId, relatedParties: [...relatedParties], at } });
  return events;
}

function check(
  { customerId, name, branchId, ownerOfficerId, relatedParties = [] }: CustomerChange & { customerId: string },
  { branchIsActive, ownerIsThere, strangers }: CustomerFacts,
): void {
  if (name === null) throw new OrganizationInvalid('/name', 'required', 'Every customer has a name.');
  if (branchId !== undefined && !branchIsActive)
    throw new OrganizationInvalid('/branchId', 'unknown', 'A customer belongs to an active branch.');
  if (typeof ownerOfficerId === 'string' && !ownerIsThere)
    throw new OrganizationInvalid('/ownerOfficerId', 'unknown', 'The owner is an active person here.');
  const wrong = relatedParties.findIndex((it) => it.customerId === customerId || strangers.includes(it.customerId));
  if (wrong !== -1)
    throw new OrganizationInvalid(
      `/relatedParties/${wrong}/customerId`,
      'unknown',
      'A related party is another customer here.',
    );
}

function changedDetails(before: CustomerDetails, change: CustomerChange): StoredDetails {
  const told = detailNames.flatMap((name) => {
    const value = change[name] === undefined ? before[name] : change[name];
    return value === null || value === undefined ? [] : [[name, value] as const];
  });
  // Every customer was registered with a name; one that was erased stays so until it is told again.
  return { name: '', ...Object.fromEntries(told) };
}

export const customerDecider: Decider<Customer, CustomerCommand, CustomerEvent> = {
  initialState: noCustomer,
  evolve,
  decide(command, customer) {
    if (command.type === 'RegisterCustomer') return register(command, customer);
    if (customer.status === 'unknown') throw new UnknownHere();
    if (!reaches(command.facts.write, customer)) throw new NotYours();
    const { customerId } = customer;
    const { now: at } = command.metadata;
    switch (command.type) {
      case 'ChangeCustomer':
        return change(command, customer);
      case 'DeactivateCustomer':
        return customer.status === 'active' ? [{ type: 'CustomerDeactivated', data: { customerId, at } }] : [];
      case 'ActivateCustomer':
        return customer.status === 'active' ? [] : [{ type: 'CustomerActivated', data: { customerId, at } }];
      default:
        return unreachable(command);
    }
  },
};
