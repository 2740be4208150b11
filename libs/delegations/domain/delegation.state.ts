import type { Personal } from '#libs/kernel/domain/personal';
import { unreachable } from '#libs/kernel/domain/unreachable';
import type { DelegationEvent, Scope, Source } from './delegation.events.js';

/** One grant: the delegate may act for the delegator, between two instants and within a scope. */
export interface Delegation {
  readonly delegationId: string;
  readonly delegatorId: string;
  readonly delegateId: string;
  /** Half-open, canonical UTC: comparable as text. */
  readonly from: string;
  readonly until: string;
  readonly scope: Scope;
  readonly source: Source;
  readonly reason: Personal<string> | null;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly revoked: Readonly<{ at: string; by: string }> | null;
}

/** Everything one person has ever delegated, oldest first. */
export interface Delegator {
  readonly delegations: readonly Delegation[];
}

export const nothingDelegated: Delegator = { delegations: [] };

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve({ delegations }: Delegator, event: DelegationEvent): Delegator {
  switch (event.type) {
    case 'DelegationCreated': {
      const { at, reason = null, ...grant } = event.data;
      return { delegations: [...delegations, { ...grant, reason, createdAt: at, revoked: null }] };
    }
    case 'DelegationRevoked': {
      const { delegationId, revokedBy, at } = event.data;
      return {
        delegations: delegations.map((it) =>
          it.delegationId === delegationId && it.revoked === null ? { ...it, revoked: { at, by: revokedBy } } : it,
        ),
      };
    }
    default:
      return unreachable(event);
  }
}

export type DelegationStatus = 'scheduled' | 'active' | 'ended' | 'revoked';

/** Where a grant stands at an instant. */
export function statusAt({ from, until, revoked }: Delegation, now: string): DelegationStatus {
  if (revoked !== null) return 'revoked';
  if (now < from) return 'scheduled';
  return now < until ? 'active' : 'ended';
}
