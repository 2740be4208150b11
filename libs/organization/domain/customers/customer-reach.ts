import type { KnownCustomer } from './customer.state.js';

/** How far somebody's permission goes: all customers, those of these branches, or only one's own. */
export type CustomerReach = Readonly<{
  userId: string;
  reach: 'all' | 'own' | { readonly branches: readonly string[] };
}>;

export const reachesBranch = ({ reach }: CustomerReach, branchId: string): boolean =>
  reach === 'all' || (reach !== 'own' && reach.branches.includes(branchId));

/** As far as the branch goes; one's own are those one owns, or registered while nobody owns them. */
export const reaches = (
  reach: CustomerReach,
  { branchId, ownerOfficerId, registeredBy }: Pick<KnownCustomer, 'branchId' | 'ownerOfficerId' | 'registeredBy'>,
): boolean => reachesBranch(reach, branchId) || (ownerOfficerId ?? registeredBy) === reach.userId;
