import { isErased } from '#libs/kernel/domain/personal';
import { unreachable } from '#libs/kernel/domain/unreachable';
import type { CustomerEvent, RelatedParty, StoredDetails } from './customer.events.js';

export const detailNames = ['name', 'email', 'phone', 'address', 'taxId', 'birthDate'] as const;
/** Who a customer is; what is missing was never told, or was erased. */
export type CustomerDetails = Readonly<Partial<Record<(typeof detailNames)[number], string>>>;

export const customerStatuses = ['active', 'deactivated'] as const;

export type Customer = Readonly<{ status: 'unknown' }> | KnownCustomer;

export type KnownCustomer = Readonly<{
  status: (typeof customerStatuses)[number];
  customerId: string;
  number: string;
  type: string;
  branchId: string;
  ownerOfficerId: string | null;
  registeredBy: string;
  details: CustomerDetails;
  relatedParties: readonly RelatedParty[];
}>;

export const noCustomer: Customer = { status: 'unknown' };

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(customer: Customer, event: CustomerEvent): Customer {
  const { type, data } = event;
  if (type === 'CustomerRegistered') {
    const { at: _, details, ...more } = data;
    return { status: 'active', ...more, details: readable(details) };
  }
  if (customer.status === 'unknown') return customer;
  switch (type) {
    case 'CustomerDetailsChanged':
      return { ...customer, details: readable(data.details) };
    case 'CustomerAssigned':
      return { ...customer, branchId: data.branchId, ownerOfficerId: data.ownerOfficerId };
    case 'RelatedPartiesSet':
      return { ...customer, relatedParties: data.relatedParties };
    case 'CustomerDeactivated':
      return { ...customer, status: 'deactivated' };
    case 'CustomerActivated':
      return { ...customer, status: 'active' };
    default:
      return unreachable(type);
  }
}

function readable(details: StoredDetails): CustomerDetails {
  const told = Object.entries(details).filter(([, value]) => value !== undefined && !isErased(value));
  return Object.fromEntries(told) as CustomerDetails;
}
