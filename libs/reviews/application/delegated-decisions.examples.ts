import { CreateDelegationCommand } from '#libs/delegations/application/commands/create-delegation.handler';
import { RevokeDelegationCommand } from '#libs/delegations/application/commands/revoke-delegation.handler';
import { DomainError } from '#libs/kernel/domain/domain-error';
import { definition, step, user } from '../domain/review.examples.js';
import type { StartedReview } from '../domain/review.state.js';
import { DecideCommand } from './commands/decide.handler.js';
import { metadata, type roomOn } from './review-room.examples.js';

export type Room = ReturnType<typeof roomOn>;

/** Ann and Max have to sign. */
const both = definition(step('sign', { assignees: [user('ann'), user('max')], rule: { count: 2 } }));

export async function started(room: Room, subjectId = 'loan-1'): Promise<string> {
  const { state } = await room.start(both, { subjectId });
  return (state as StartedReview).reviewId;
}

/** Lets one person act for another on the day of the examples; answers the id of the grant. */
export async function delegated(room: Room, delegator = 'ann', delegate = 'mia'): Promise<string> {
  const until = '2026-12-01T00:00:00.000Z';
  const { state } = await room.delegate.execute(new CreateDelegationCommand({ delegate, until }, metadata(delegator)));
  return state.delegations.at(-1)!.delegationId;
}

export const revoked = (room: Room, delegationId: string, by = 'ann') =>
  room.revokeDelegation.execute(new RevokeDelegationCommand({ delegationId }, metadata(by)));

/** What a decision is answered: `recorded`, or the code of its refusal. */
export async function decided(room: Room, reviewId: string, by = 'mia'): Promise<string> {
  try {
    await room.decide.execute(new DecideCommand({ reviewId, verdict: 'approve', reviewedRevision: 1 }, metadata(by)));
    return 'recorded';
  } catch (refusal) {
    if (!(refusal instanceof DomainError)) throw refusal;
    return refusal.code;
  }
}
