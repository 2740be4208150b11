import type { RevokeDelegation } from '../delegation.commands.js';
import { DelegationReasonRequired, NoSuchDelegation, NotYoursToDelegate } from '../delegation.errors.js';
import type { DelegationEvent } from '../delegation.events.js';
import { statusAt, type Delegator } from '../delegation.state.js';

/** Ends a grant before its time. What was decided under it stands; ending what is over is nothing to do. */
export function revokeDelegation(
  { data, facts, metadata }: RevokeDelegation,
  { delegations }: Delegator,
): readonly DelegationEvent[] {
  const { delegationId, delegatorId, reason } = data;
  const isOthers = delegatorId !== metadata.actor.id && metadata.actor.kind !== 'system';
  const grant = delegations.find((it) => it.delegationId === delegationId);
  if (!grant) throw new NoSuchDelegation();
  if (isOthers && !facts.mayForOthers) throw new NotYoursToDelegate();
  if (isOthers && (reason ?? '').trim() === '') throw new DelegationReasonRequired();
  const status = statusAt(grant, metadata.now);
  if (status === 'revoked' || status === 'ended') return [];

  const { delegateId } = grant;
  const why = reason === undefined ? {} : { reason };
  const revoked = { delegationId, delegatorId, delegateId, ...why, revokedBy: metadata.actor.id, at: metadata.now };
  return [{ type: 'DelegationRevoked', data: revoked }];
}
