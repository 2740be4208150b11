import { overlapping } from '#libs/delegations/domain/chains';
import type { MaxAmount, Scope } from '#libs/delegations/domain/delegation.events';
import { statusAt, type Delegation, type Delegator } from '#libs/delegations/domain/delegation.state';
import { isErased } from '#libs/kernel/domain/personal';
import type { DelegationAnswer, DelegationScopeAnswer, DelegationScopeBody } from './delegation.dto.js';

/** The scope as it is recorded. */
export function scopeOf({ workflowKeys, stepKeys, maxAmount }: DelegationScopeBody): Scope {
  return {
    ...(workflowKeys && { workflowKeys: [...new Set(workflowKeys)] }),
    ...(stepKeys && { stepKeys: [...new Set(stepKeys)] }),
    ...(maxAmount !== undefined && maxAmount !== null && { maxAmount: amountOf(maxAmount) }),
  };
}

type Amount = string | number;

/** It has passed for an amount. */
function amountOf(checked: unknown): MaxAmount {
  const given = checked as Amount | Readonly<{ amountMinor: Amount; currency: string }>;
  if (typeof given !== 'object') return { amountMinor: String(given), currency: null };
  return { amountMinor: String(given.amountMinor), currency: given.currency };
}

const shownScope = ({ maxAmount, ...keys }: Scope): DelegationScopeAnswer => ({
  ...keys,
  ...(maxAmount && { maxAmount: maxAmount.currency === null ? maxAmount.amountMinor : maxAmount }),
});

export const shown = (grant: Delegation, now: string): DelegationAnswer => ({
  id: grant.delegationId,
  delegator: grant.delegatorId,
  delegate: grant.delegateId,
  from: grant.from,
  until: grant.until,
  scope: shownScope(grant.scope),
  reason: isErased(grant.reason) ? null : grant.reason,
  source: grant.source,
  status: statusAt(grant, now),
  createdBy: grant.createdBy,
  createdAt: grant.createdAt,
  revokedBy: grant.revoked?.by ?? null,
  revokedAt: grant.revoked?.at ?? null,
});

/** The `state` in the receipt of a new grant: as it was then, whenever the receipt is asked for again. */
export function stateOfMade(delegator: Delegator): { status: string } {
  const grant = grantOf(delegator);
  return { status: grant ? statusAt(grant, grant.createdAt) : 'ended' };
}

/** The `state` in the receipt of a revocation. */
export const stateOfNamed =
  (delegationId: string, now: string) =>
  (delegator: Delegator): { status: string } => {
    const grant = grantOf(delegator, delegationId);
    return { status: grant ? statusAt(grant, now) : 'ended' };
  };

/** What stands beside the receipt of a new grant. */
export function made(delegator: Delegator) {
  const grant = grantOf(delegator);
  if (!grant) return { body: {} };
  const overlaps = overlapping(grant, delegator.delegations).map(({ delegationId, delegateId, from, until }) => ({
    id: delegationId,
    delegate: delegateId,
    from,
    until,
  }));
  return {
    body: { delegationId: grant.delegationId, overlaps },
    location: `/api/v1/delegations/${grant.delegationId}`,
  };
}

const grantOf = ({ delegations }: Delegator, delegationId?: string): Delegation | undefined =>
  delegationId === undefined ? delegations.at(-1) : delegations.find((grant) => grant.delegationId === delegationId);
