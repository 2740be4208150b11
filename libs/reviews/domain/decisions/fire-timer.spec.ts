import type { Rung } from '#libs/kernel/domain/workflow-definition';
import {
  approve,
  at,
  clearChanges,
  definition,
  directory,
  escalate,
  fireTimer,
  loan,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  user,
} from '../review.examples.js';

const ladder: readonly Rung[] = [
  { id: 'r1', at: '50%', action: 'remind' },
  { id: 'r2', at: '0', action: 'add', to: { role: 'manager' } },
  { id: 'r3', at: '+8h', action: 'expire' },
];
const workflow = definition(step('check', { rule: { count: 2 }, sla: { value: 8, unit: 'WALL_HOUR' }, ladder }));
const begun = Story.of(start(workflow));
const executionId = begun.find('StepStarted').executionId;
const rung = (rungId: string, generation = 1) => fireTimer({ executionId, kind: 'rung', rungId, generation });
const breach = (generation = 1) => fireTimer({ executionId, kind: 'breach', generation }, { time: '17:00' });

describe('FireTimer', () => {
  it('fires a rung', () => {
    const story = begun.and(rung('r2'));
    expect(story.types).toEqual(['RungFired', 'AssignmentAdded']);
    expect(story.find('RungFired')).toMatchObject({ by: 'timer', firedBy: 'system:timer', generation: 1 });
    expect(story.find('AssignmentAdded').addedBy).toBe('system:timer');
  });

  it('records the breach of the budget, once', () => {
    const story = begun.and(breach());
    expect(story.find('SlaBreached')).toMatchObject({ dueAt: at('17:00'), generation: 1 });
    expect(story.and(breach()).last).toEqual([]);
  });

  it('expires the review at the end of the ladder', () => {
    const story = begun.and(rung('r3'));
    expect(story.types).toEqual(['RungFired', 'ReviewExpired']);
    expect(story.review.status).toBe('expired');
  });

  it('rejects the review where the ladder says so', () => {
    const strict = definition(step('check', { ladder: [{ id: 'r1', at: 'start+48h', action: 'auto_reject' }] }));
    const story = Story.of(start(strict));
    const { executionId: id } = story.find('StepStarted');
    const fired = story.and(fireTimer({ executionId: id, kind: 'rung', rungId: 'r1', generation: 1 }));
    expect(fired.types).toEqual(['RungFired', 'StepRejected', 'ReviewRejected']);
    expect(fired.find('StepRejected').reason).toBe('rung');
  });

  it('is nothing when the rung was fired by hand, or by an earlier timer', () => {
    expect(begun.and(escalate('olly'), rung('r1')).last).toEqual([]);
    expect(begun.and(rung('r1'), rung('r1')).last).toEqual([]);
  });

  it('is nothing when the step has closed', () => {
    expect(begun.and(approve('ann'), approve('bob'), rung('r2')).last).toEqual([]);
    expect(begun.and(approve('ann'), approve('bob'), breach()).last).toEqual([]);
  });

  it('is nothing while the clock stands, and when it has been started again since', () => {
    const paused = begun.and(requestChanges('ann'));
    expect(paused.and(rung('r2'), breach()).last).toEqual([]);
    const resumed = paused.and(resubmit({ ...loan, term: 12 }));
    expect(resumed.and(rung('r2'), breach()).last).toEqual([]);
    const { executionId: id, clock } = resumed.find('StepStarted');
    const fired = resumed.and(fireTimer({ executionId: id, kind: 'rung', rungId: 'r2', generation: clock.generation }));
    expect(fired.types).toEqual(['RungFired', 'AssignmentAdded']);
  });

  it('is nothing when changes were taken back and the clock of the same round runs on', () => {
    const paused = begun.and(requestChanges('ann'));
    const items = paused.find('ChangesRequested').items.map(({ itemId }) => itemId);
    const resumed = paused.and(clearChanges('ann', items));
    expect(resumed.started.executions).toHaveLength(1);
    expect(resumed.and(rung('r2'), breach()).last).toEqual([]);
    expect(resumed.and(rung('r2', 2)).types).toEqual(['RungFired', 'AssignmentAdded']);
  });

  it('does not fire again in the next round what has fired on the same clock', () => {
    const story = begun.and(rung('r1'), requestChanges('ann'), resubmit({ ...loan, term: 12 }));
    expect(story.find('StepStarted').rungs.map(({ rungId }) => rungId)).toEqual(['r2', 'r3']);
  });

  it('skips a rung that would ask the submitter, and leaves the next to its own time', () => {
    const awkward: readonly Rung[] = [
      { id: 'r1', at: '0', action: 'add', to: { user: 'olly' } },
      { id: 'r2', at: '+8h', action: 'expire' },
    ];
    const story = Story.of(start(definition(step('check', { sla: { value: 8, unit: 'WALL_HOUR' }, ladder: awkward }))));
    const { executionId: id } = story.find('StepStarted');
    const fired = story.and(fireTimer({ executionId: id, kind: 'rung', rungId: 'r1', generation: 1 }));
    expect(fired.types).toEqual(['RungSkipped']);
    expect(fired.review.status).toBe('in_review');
  });

  it('skips a role that nobody holds', () => {
    const people = directory(...['mia', 'max', 'mel'].map((userId) => ({ userId, roles: [], active: true })));
    const fired = begun.and({
      ...rung('r2'),
      facts: { directory: people, may: { reassign: false, dismiss: false, override: false } },
    });
    expect(fired.find('RungSkipped').reason).toBe('no-target');
  });

  it('unblocks a step by the people it adds', () => {
    const self = definition(
      step('check', {
        assignees: [user('olly')],
        ladder: [{ id: 'r1', at: 'start+1h', action: 'add', to: { role: 'manager' } }],
      }),
    );
    const story = Story.of(start(self));
    const { executionId: id } = story.find('StepStarted');
    const fired = story.and(fireTimer({ executionId: id, kind: 'rung', rungId: 'r1', generation: 1 }));
    expect(fired.types).toEqual(['RungFired', 'AssignmentAdded', 'StepUnblocked']);
  });
});
