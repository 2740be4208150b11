import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { Recorded } from '#libs/kernel/domain/message';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import { definition, manager, step } from '../domain/review.examples.js';
import type { StartedReview } from '../domain/review.state.js';
import type { Timer } from '#libs/processing/application/process-manager';
import { DecideCommand } from './commands/decide.handler.js';
import { HoldReviewCommand } from './commands/hold-review.handler.js';
import { RequestChangesCommand } from './commands/request-changes.handler.js';
import { ResubmitCommand } from './commands/resubmit.handler.js';
import { WithdrawCommand } from './commands/withdraw.handler.js';
import { reviewDeadlines } from './review-deadlines.js';
import { metadata, reviewRoom } from './review-room.examples.js';

const ladder = [
  { id: 'r1', at: '50%', action: 'remind' as const },
  { id: 'r2', at: '+4h', action: 'add' as const, to: { role: 'manager' } },
];
const workflow = definition(
  step('check', { sla: { value: 8, unit: 'WALL_HOUR' }, ladder, rule: { count: 2 } }),
  step('sign', { assignees: [manager()] }),
);

/** The timers that are set after everything that happened to a review so far. */
async function timersOf(room: ReturnType<typeof reviewRoom>, reviewId: string): Promise<readonly Timer[]> {
  const timers = new Map<string, Timer>();
  for (const event of await room.streams.history(reviewId)) {
    if (!(reviewDeadlines.types as readonly string[]).includes(event.type)) continue;
    for (const change of reviewDeadlines.react(event as never, {}).timers ?? []) {
      if ('set' in change)
        for (const deadline of [change.set, ...(change.set.following ?? [])])
          timers.set(deadline.timerId, { ...change.set, ...deadline });
      else if ('clear' in change) timers.delete(change.clear.timerId);
      else {
        const { streamId, scope } = change.clearAll;
        for (const [id, timer] of timers)
          if (timer.streamId === streamId && (scope === undefined || timer.scope === scope)) timers.delete(id);
      }
    }
  }
  return [...timers.values()];
}

async function begun(definition = workflow) {
  const room = reviewRoom();
  const { state } = await room.start(definition);
  const { reviewId } = state as StartedReview;
  const timers = () => timersOf(room, reviewId);
  const fire = async (timer: Timer | undefined, now = '2026-11-22T22:00:00.000Z') =>
    room.fireTimer.execute({ id: timer!.timerId, workspaceId: 'demo', now, payload: timer!.payload });
  return { room, reviewId, timers, fire };
}

describe('Deadlines of a review', () => {
  it('are the breach of the budget and every rung of the ladder', async () => {
    const { timers } = await begun();
    expect(
      (await timers()).map(({ payload, dueAt, target }) => [payload['rungId'] ?? payload['kind'], dueAt, target]),
    ).toEqual([
      ['r1', '2026-11-22T14:00:00.000Z', 'reviews.fire-deadline'],
      ['breach', '2026-11-22T18:00:00.000Z', 'reviews.fire-deadline'],
      ['r2', '2026-11-22T22:00:00.000Z', 'reviews.fire-deadline'],
    ]);
  });

  it('fire once in effect, however often they are fired', async () => {
    const { room, reviewId, timers, fire } = await begun();
    const rung = (await timers()).find(({ payload }) => payload['rungId'] === 'r2');
    expect(await fire(rung)).toBe(true);
    expect(await fire(rung)).toBe(true); // the original receipt
    const types = (await room.streams.history(reviewId)).map(({ type }) => type);
    expect(types).toEqual(['ReviewStarted', 'StepStarted', 'RungFired', 'AssignmentAdded']);
  });

  it('are recorded with the hash of what the timer carried, as every command is', async () => {
    const { room, reviewId, timers, fire } = await begun();
    const breach = (await timers()).find(({ payload }) => payload['kind'] === 'breach');
    await fire(breach);
    const last = (await room.streams.history(reviewId)).at(-1) as Recorded;
    expect(last.type).toBe('SlaBreached');
    expect(last.commandHash).toBe(new NodeHashing().sha256(canonicalJson(breach!.payload)));
  });

  it('are kept on another clock after a pause, and the old ones are nothing', async () => {
    const { room, reviewId, timers, fire } = await begun();
    const [old] = await timers();
    const items = [{ text: 'Income' }];
    await room.requestChanges.execute(
      new RequestChangesCommand(
        { reviewId, reviewedRevision: 1, items },
        { ...metadata('ann'), now: '2026-11-22T11:00:00.000Z' },
      ),
    );
    expect(await timers()).toEqual([]);
    expect(await fire(old)).toBe(false);
    await room.resubmit.execute(
      new ResubmitCommand({ reviewId, content: { a: 1 } }, { ...metadata('olly'), now: '2026-11-22T12:00:00.000Z' }),
    );
    const breach = (await timers()).find(({ payload }) => payload['kind'] === 'breach');
    expect(breach?.dueAt).toBe('2026-11-22T19:00:00.000Z');
    expect(breach?.payload['generation']).toBe(2);
    expect(await fire(old)).toBe(false);
    expect(await fire(breach)).toBe(true);
  });

  it('are none while the review is on hold', async () => {
    const { room, reviewId, timers, fire } = await begun();
    const [old] = await timers();
    const may = { reassign: true, dismiss: false, override: false };
    await room.hold.execute(new HoldReviewCommand({ reviewId, reason: 'Valuer' }, metadata('mia'), { may }));
    expect(await timers()).toEqual([]);
    expect(await fire(old)).toBe(false);
  });

  it('end with the step, and a step without any sets none', async () => {
    const { room, reviewId, timers } = await begun();
    for (const by of ['ann', 'bob'])
      await room.decide.execute(new DecideCommand({ reviewId, verdict: 'approve', reviewedRevision: 1 }, metadata(by)));
    expect(await timers()).toEqual([]);
  });

  it('of steps that run side by side end one by one, and go on together', async () => {
    const sla = { value: 8, unit: 'WALL_HOUR' as const };
    const both = definition(
      step('credit', { sla }),
      step('risk', { sla: { ...sla, value: 4 }, assignees: [manager()], parallel: true }),
    );
    const { room, reviewId, timers } = await begun(both);
    const due = async () => (await timers()).map(({ dueAt }) => dueAt);
    expect(await due()).toEqual(['2026-11-22T18:00:00.000Z', '2026-11-22T14:00:00.000Z']);

    await room.requestChanges.execute(
      new RequestChangesCommand({ reviewId, reviewedRevision: 1, items: [{ text: 'Income' }] }, metadata('ann')),
    );
    expect(await due()).toEqual([]);
    await room.resubmit.execute(new ResubmitCommand({ reviewId, content: { a: 1 } }, metadata('olly')));
    expect(await due()).toEqual(['2026-11-22T18:00:00.000Z', '2026-11-22T14:00:00.000Z']);

    const approve = new DecideCommand({ reviewId, verdict: 'approve', reviewedRevision: 2 }, metadata('mia'));
    await room.decide.execute(approve);
    expect(await due()).toEqual(['2026-11-22T18:00:00.000Z']);
  });

  it('end with the review', async () => {
    const { room, reviewId, timers, fire } = await begun();
    const [old] = await timers();
    await room.withdraw.execute(new WithdrawCommand({ reviewId }, metadata('olly')));
    expect(await timers()).toEqual([]);
    expect(await fire(old)).toBe(false);
  });

  it('of a review that never was are nothing', async () => {
    const { timers, fire } = await begun();
    const [timer] = await timers();
    expect(await fire({ ...timer!, payload: { ...timer!.payload, reviewId: 'nowhere' } })).toBe(false);
  });
});
