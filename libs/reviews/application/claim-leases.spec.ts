import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import type { Timer } from '#libs/processing/application/process-manager';
import { definition, step } from '../domain/review.examples.js';
import type { StartedReview } from '../domain/review.state.js';
import { claimLeases } from './claim-leases.js';
import { ClaimAssignmentCommand, ClaimAssignmentHandler } from './commands/claim-assignment.handler.js';
import { DecideCommand } from './commands/decide.handler.js';
import { ExpireClaimHandler } from './commands/expire-claim.handler.js';
import { ReleaseAssignmentCommand, ReleaseAssignmentHandler } from './commands/release-assignment.handler.js';
import { ExpireClaimTarget } from './expire-claim.target.js';
import { metadata, reviewRoom } from './review-room.examples.js';

const LATER = '2026-11-23T22:00:00.000Z';

/** A review with one assignment for officers, and the timers that its claims have set. */
async function begun() {
  const room = reviewRoom();
  const { state } = await room.start(definition(step('check', { rule: { count: 2 } })));
  const { reviewId, executions } = state as StartedReview;
  const [assignmentId = ''] = executions[0]!.assignments.map((it) => it.assignmentId);
  const target = new ExpireClaimTarget(new ExpireClaimHandler(room.orders), new NodeHashing());
  const timers = async (): Promise<readonly Timer[]> => {
    const set = new Map<string, Timer>();
    for (const event of await room.streams.history(reviewId)) {
      if (!(claimLeases.types as readonly string[]).includes(event.type)) continue;
      for (const change of claimLeases.react(event as never, {}).timers ?? []) {
        if ('set' in change) set.set(change.set.timerId, change.set);
        else if ('clear' in change) set.delete(change.clear.timerId);
        else set.clear();
      }
    }
    return [...set.values()];
  };
  return {
    room,
    reviewId,
    timers,
    claim: (by: string) =>
      new ClaimAssignmentHandler(room.orders).execute(
        new ClaimAssignmentCommand({ reviewId, assignmentId }, metadata(by)),
      ),
    release: (by: string) =>
      new ReleaseAssignmentHandler(room.orders).execute(
        new ReleaseAssignmentCommand({ reviewId, assignmentId }, metadata(by)),
      ),
    decide: (by: string) =>
      room.decide.execute(new DecideCommand({ reviewId, verdict: 'approve', reviewedRevision: 1 }, metadata(by))),
    fire: (timer: Timer | undefined) =>
      target.execute({ id: timer!.timerId, workspaceId: 'demo', now: LATER, payload: timer!.payload }),
    types: async () => (await room.streams.history(reviewId)).map(({ type }) => type),
  };
}

describe('Leases of claims', () => {
  it('end by a timer, once in effect however often it fires', async () => {
    const { claim, timers, fire, types } = await begun();
    await claim('ann');
    const [timer] = await timers();
    expect([timer?.target, timer?.dueAt]).toEqual(['reviews.expire-claim', '2026-11-22T18:00:00.000Z']);
    expect(await fire(timer)).toBe(true);
    expect(await fire(timer)).toBe(true); // the original receipt
    expect((await types()).filter((type) => type === 'AssignmentReleased')).toHaveLength(1);
    expect(await timers()).toEqual([]);
  });

  it('leave the next claim alone', async () => {
    const { claim, release, timers, fire } = await begun();
    await claim('ann');
    const [first] = await timers();
    await release('ann');
    await claim('bob');
    const [second, ...more] = await timers();
    expect(second?.timerId).not.toBe(first?.timerId);
    expect(more).toEqual([]);
    expect(await fire(first)).toBe(false);
  });

  it('are nothing once it is decided, or of a review that never was', async () => {
    const { claim, decide, timers, fire } = await begun();
    await claim('ann');
    const [timer] = await timers();
    await decide('ann');
    expect(await fire(timer)).toBe(false);
    expect(await fire({ ...timer!, payload: { ...timer!.payload, reviewId: 'nowhere' } })).toBe(false);
    await decide('bob');
    expect(await timers()).toEqual([]);
  });
});
