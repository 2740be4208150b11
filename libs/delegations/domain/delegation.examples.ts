import { derivedId } from '#libs/kernel/domain/ids';
import type { CreateDelegation, RevokeDelegation } from './delegation.commands.js';
import type { DelegationEvent, Scope } from './delegation.events.js';
import type { Delegation } from './delegation.state.js';

/** One week: Ann is away from Monday to Sunday, 23 to 29 November 2026. */
export const MONDAY = '2026-11-23T00:00:00.000Z';
export const NEXT_MONDAY = '2026-11-30T00:00:00.000Z';
export const at = (day: number, time = '09:00'): string => `2026-11-${String(day).padStart(2, '0')}T${time}:00.000Z`;

export interface HowDelegated {
  readonly id?: string;
  readonly from?: string;
  readonly until?: string;
  readonly scope?: Scope;
}

/** A grant for the week, unless the test says otherwise. */
export const grant = (delegatorId: string, delegateId: string, how: HowDelegated = {}): Delegation => ({
  delegationId: how.id ?? `${delegatorId}-${delegateId}`,
  delegatorId,
  delegateId,
  from: how.from ?? MONDAY,
  until: how.until ?? NEXT_MONDAY,
  scope: how.scope ?? {},
  source: 'own',
  reason: null,
  createdBy: delegatorId,
  createdAt: at(20),
  revoked: null,
});

export const created = (delegatorId: string, delegateId: string, how: HowDelegated = {}): DelegationEvent => {
  const { createdAt, reason: _, revoked: __, ...data } = grant(delegatorId, delegateId, how);
  return { type: 'DelegationCreated', data: { ...data, at: createdAt } };
};

export const metadata = (by: string, now: string, kind: 'user' | 'system' = 'user') => ({
  commandId: derivedId('example', by, now),
  commandHash: 'hash',
  actor: { id: by, kind, roles: [] },
  workspaceId: 'demo',
  now,
  correlationId: 'req-1',
  causationId: 'req-1',
});

/** Ann delegates to Bob on the Friday before, unless the test says otherwise. */
export const delegate = (
  data: Partial<CreateDelegation['data']> = {},
  facts: Partial<CreateDelegation['facts']> = {},
  by = 'ann',
): CreateDelegation => ({
  type: 'CreateDelegation',
  data: {
    delegationId: 'ann-bob',
    delegatorId: 'ann',
    delegateId: 'bob',
    from: MONDAY,
    until: NEXT_MONDAY,
    scope: {},
    source: 'own',
    ...data,
  },
  facts: {
    delegator: 'active',
    delegate: 'active',
    mayForOthers: false,
    grantedBy: () => [],
    isWorkflow: () => true,
    ...facts,
  },
  metadata: metadata(by, at(20), data.source === 'absence' ? 'system' : 'user'),
});

export const revoke = (
  by = 'ann',
  {
    now = at(25),
    mayForOthers = false,
    ...data
  }: Partial<RevokeDelegation['data']> & { now?: string; mayForOthers?: boolean } = {},
): RevokeDelegation => ({
  type: 'RevokeDelegation',
  data: { delegationId: 'ann-bob', delegatorId: 'ann', ...data },
  facts: { mayForOthers },
  metadata: metadata(by, now),
});
