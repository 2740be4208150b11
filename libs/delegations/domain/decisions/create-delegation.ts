import { circleOf } from '../chains.js';
import type { CreateDelegation, Standing } from '../delegation.commands.js';
import { DelegationReasonRequired, DelegationRefused, NotYoursToDelegate } from '../delegation.errors.js';
import type { DelegationEvent } from '../delegation.events.js';

type Fault = Readonly<{ pointer: string; code: string; detail: string }>;

/**
 * A person lets another one act for him; or an administrator says so in his name, with a reason; or an absence that was
 * entered does. Grants that overlap are allowed: whichever covers a matter is used.
 */
export function createDelegation({ data, facts, metadata }: CreateDelegation): readonly DelegationEvent[] {
  const { delegatorId, source, reason } = data;
  const isOwn = delegatorId === metadata.actor.id;
  if (!isOwn && source === 'administrator' && !facts.mayForOthers) throw new NotYoursToDelegate();
  if (!isOwn && source === 'administrator' && (reason ?? '').trim() === '') throw new DelegationReasonRequired();
  const faults = [
    ...peopleFaults(data, facts),
    ...(isOwn ? [] : ownHandFaults(data, metadata.actor.id)),
    ...timeFaults(data, metadata.now),
    ...scopeFaults(data, facts),
  ];
  if (faults.length > 0) throw new DelegationRefused(faults);
  const circle = circleOf(data, facts.grantedBy);
  if (circle)
    throw new DelegationRefused([
      {
        pointer: '/delegate',
        code: 'cycle',
        detail: `closes a circle of delegations: ${[...circle, delegatorId].join(' → ')}.`,
      },
    ]);

  const created = { ...data, createdBy: metadata.actor.id, at: metadata.now };
  return [{ type: 'DelegationCreated', data: created }];
}

function peopleFaults(
  { delegatorId, delegateId }: CreateDelegation['data'],
  { delegator, delegate }: CreateDelegation['facts'],
): readonly Fault[] {
  return [
    ...standingFault('/delegator', delegator),
    ...standingFault('/delegate', delegate),
    ...(delegateId === delegatorId
      ? [{ pointer: '/delegate', code: 'self', detail: 'nobody delegates to themselves.' }]
      : []),
  ];
}

/** Whoever gives a right in the name of another does not give it to himself. */
function ownHandFaults({ delegateId }: CreateDelegation['data'], actorId: string): readonly Fault[] {
  if (delegateId !== actorId) return [];
  const detail = 'nobody lets themselves act for another: the person does so, or somebody else who may.';
  return [{ pointer: '/delegate', code: 'own-hand', detail }];
}

function standingFault(pointer: string, standing: Standing): readonly Fault[] {
  if (standing === 'active') return [];
  const detail = standing === 'unknown' ? 'names nobody of this workspace.' : 'names somebody who is not active.';
  return [{ pointer, code: standing, detail }];
}

function scopeFaults({ scope }: CreateDelegation['data'], { isWorkflow }: CreateDelegation['facts']): readonly Fault[] {
  return (scope.workflowKeys ?? []).flatMap((key, index) =>
    isWorkflow(key)
      ? []
      : [{ pointer: `/scope/workflowKeys/${index}`, code: 'unknown', detail: `names no workflow: ${key}.` }],
  );
}

function timeFaults({ from, until }: CreateDelegation['data'], now: string): readonly Fault[] {
  if (until <= from) return [{ pointer: '/until', code: 'out-of-range', detail: 'must be later than from.' }];
  if (until <= now) return [{ pointer: '/until', code: 'out-of-range', detail: 'is over already.' }];
  return [];
}
