import type { Rung, Step } from '#libs/kernel/domain/workflow-definition';
import {
  approve,
  at,
  clearChanges,
  definition,
  directory,
  escalate,
  fireTimer,
  loan,
  manager,
  officer,
  reject,
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

  describe('approves by time alone', () => {
    const approving = (floor: number) =>
      definition(
        step('check', { floor, auto: true, ladder: [{ id: 'r1', at: 'start+48h', action: 'auto_approve' }] }),
        step('sign', { assignees: [user('mia')] }),
      );
    const told = (floor: number) => {
      const story = Story.of(start(approving(floor)));
      const { executionId: id } = story.find('StepStarted');
      return { story, timer: fireTimer({ executionId: id, kind: 'rung', rungId: 'r1', generation: 1 }) };
    };

    it('a step on which nobody has to decide, and the proof says so', () => {
      const { story, timer } = told(0);
      const fired = story.and(timer);
      expect(fired.types).toEqual(['RungFired', 'StepCompleted', 'StepStarted']);
      expect(fired.find('StepCompleted').proof).toMatchObject({ state: 'satisfied', decisions: [] });
    });

    it('never a step that people must decide, and never by hand', () => {
      const { story, timer } = told(1);
      expect(story.and(timer).find('RungSkipped').reason).toBe('not-eligible');
      expect(told(0).story.refusal(escalate('olly')).code).toBe('validation-failed');
      expect(told(0).story.and(approve('ann'), told(0).timer).last).toEqual([]);
    });

    it('this revision only: another one is waited for anew', () => {
      const { story, timer } = told(0);
      const revised = story.and(timer, resubmit({ ...loan, term: 12 }));
      expect(revised.find('StepStarted')).toMatchObject({ step: 'check', round: 2 });
    });
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

  describe('that cannot do what it says', () => {
    const told = (...rungs: readonly Rung[]) => {
      const check = step('check', { rule: { count: 2 }, sla: { value: 8, unit: 'WALL_HOUR' }, ladder: rungs });
      const story = Story.of(start(definition(check)));
      const { executionId: id } = story.find('StepStarted');
      const fire = (rungId: string) => fireTimer({ executionId: id, kind: 'rung', rungId, generation: 1 });
      return { story, fire };
    };
    const end: Rung = { id: 'end', at: '+9h', action: 'none' };

    it('gives way to the next one, which then has fired', () => {
      const { story, fire } = told(
        { id: 'r1', at: '0', action: 'add', to: { user: 'olly' } },
        { id: 'r2', at: '+1h', action: 'transfer', to: { role: 'nobody' } },
        { id: 'r3', at: '+2h', action: 'add', to: { user: 'mia' } },
        end,
      );
      const fired = story.and(fire('r1'));
      expect(fired.types).toEqual(['RungSkipped', 'RungSkipped', 'RungFired', 'AssignmentAdded']);
      expect(fired.last.flatMap(({ type, data }) => (type === 'RungSkipped' ? [data.reason] : []))).toEqual([
        'four-eyes',
        'no-target',
      ]);
      expect(fired.find('AssignmentAdded').assignment.ref).toBe('mia');
      for (const rungId of ['r1', 'r2', 'r3']) expect(fired.and(fire(rungId)).last).toEqual([]);
      expect(fired.started.executions[0]?.rungs.map(({ rungId }) => rungId)).toEqual(['end']);
    });

    it('only reminds somebody who is asked already', () => {
      const { story, fire } = told(
        { id: 'r1', at: '0', action: 'add', to: { user: 'mia' } },
        { id: 'r2', at: '+1h', action: 'add', to: { user: 'mia' } },
        { id: 'r3', at: '+2h', action: 'add', to: { user: 'max' } },
        end,
      );
      const again = story.and(fire('r1'), fire('r2'));
      expect(again.types).toEqual(['RungSkipped']);
      expect(again.find('RungSkipped').reason).toBe('already-assigned');
      expect(again.and(fire('r3')).types).toEqual(['RungFired', 'AssignmentAdded']);
    });

    describe('because everybody it could ask is asked already', () => {
      const sla = { value: 8, unit: 'WALL_HOUR' as const };
      const asking = (check: Partial<Step>, action: 'add' | 'transfer', to: Rung['to'], people = leads) => {
        const rungs: readonly Rung[] = [{ id: 'r1', at: '0', action, ...(to && { to }) }, end];
        const story = Story.of(
          start(definition(step('check', { sla, ladder: rungs, ...check })), { directory: people }),
        );
        const { executionId: id } = story.find('StepStarted');
        return {
          story,
          timer: fireTimer({ executionId: id, kind: 'rung', rungId: 'r1', generation: 1 }, { directory: people }),
          how: { directory: people },
        };
      };
      const leads = directory({ userId: 'ann', roles: ['officer', 'lead'], active: true });
      const onlyMia = directory({ userId: 'max', roles: [], active: true }, { userId: 'mel', roles: [], active: true });
      const named = { assignees: [user('ann'), user('bob')] };

      it.each([
        ['all, by a role', { ...named, rule: { all: true } }, { role: 'lead' }, leads],
        ['a share of all, by a role', { ...named, rule: { percent: '100', of: 'seated' } }, { role: 'lead' }, leads],
        ['all, by name', { assignees: [officer({ seats: 2 })], rule: { all: true } }, { user: 'ann' }, leads],
        [
          'all, by the manager',
          { assignees: [user('ann'), manager({ seats: 1 })], rule: { all: true } },
          { manager: true },
          onlyMia,
        ],
      ] as const)('blocks no step that could be satisfied: %s', (_, check, to, people) => {
        const { story, timer, how } = asking(check as Partial<Step>, 'add', to, people);
        const fired = story.and(timer);
        expect(fired.types).toEqual(['RungSkipped']);
        expect(fired.find('RungSkipped').reason).toBe('already-assigned');
        const other = people === onlyMia ? 'mia' : 'bob';
        expect(fired.and(approve('ann', how), approve(other, how)).review.status).toBe('approved');
      });

      it('asks in addition where it stays possible, and where nothing else helps', () => {
        const two = asking({ ...named, rule: { count: 2 } }, 'add', { role: 'lead' });
        expect(two.story.and(two.timer).types).toEqual(['RungFired', 'AssignmentAdded']);
        const others = directory({ userId: 'vic', roles: ['lead'], active: true });
        const all = asking({ ...named, rule: { all: true } }, 'add', { role: 'lead' }, others);
        expect(all.story.and(all.timer).types).toEqual(['RungFired', 'AssignmentAdded']);
        const blocked = asking({ assignees: [user('olly')] }, 'add', { role: 'lead' });
        expect(blocked.story.and(blocked.timer).types).toEqual(['RungFired', 'AssignmentAdded', 'StepUnblocked']);
      });

      it('takes assignments from nobody for a role with too few people', () => {
        const check = { assignees: [officer({ seats: 2 })], rule: { count: 2 } };
        const { story, timer, how } = asking(check, 'transfer', { role: 'lead' });
        const fired = story.and(timer);
        expect(fired.find('RungSkipped').reason).toBe('no-target');
        expect(fired.and(approve('ann', how), approve('bob', how)).review.status).toBe('approved');
      });
    });

    it('is skipped when its target has decided on the step', () => {
      const { story, fire } = told({ id: 'r1', at: '0', action: 'transfer', to: { user: 'ann' } }, end);
      const fired = story.and(approve('ann'), fire('r1'));
      expect(fired.types).toEqual(['RungSkipped', 'RungFired']);
      expect(fired.find('RungSkipped').reason).toBe('already-decided');
    });

    it('never hastens an ending', () => {
      for (const action of ['auto_reject', 'expire'] as const) {
        const { story, fire } = told(
          { id: 'r1', at: '0', action: 'add', to: { user: 'olly' } },
          { id: 'r2', at: '+8h', action },
        );
        expect(story.and(fire('r1')).types).toEqual(['RungSkipped']);
        expect(story.and(fire('r1'), fire('r2')).review.status).toBe(action === 'expire' ? 'expired' : 'rejected');
      }
    });
  });

  describe('that approves by itself', () => {
    const approves: readonly Rung[] = [{ id: 'r1', at: 'start+1h', action: 'auto_approve' }];
    const told = (more: Parameters<typeof step>[1]) =>
      Story.of(start(definition(step('check', { ladder: approves, ...more }), step('sign', {}))));
    const fire = (story: Story) =>
      fireTimer({ executionId: story.find('StepStarted').executionId, kind: 'rung', rungId: 'r1', generation: 1 });

    it('completes a step on which no person has to decide', () => {
      const story = told({ floor: 0, auto: true });
      const fired = story.and(fire(story));
      expect(fired.types).toEqual(['RungFired', 'StepCompleted', 'StepStarted']);
      expect(fired.find('StepCompleted').proof).toMatchObject({ state: 'satisfied', decisions: [] });
    });

    it('never stands in for a person, and never against one', () => {
      const people = told({ floor: 1 });
      expect(people.and(fire(people)).types).toEqual(['RungSkipped']);
      const collected = told({ floor: 0, auto: true, assignees: [officer({ seats: 2 })], onReject: 'collect' });
      expect(collected.and(reject('ann'), fire(collected)).types).toEqual(['RungSkipped']);
    });

    it('never while an answer is owed that keeps the step open', () => {
      const story = told({ floor: 0, auto: true });
      const mended = { ...loan, term: 12 };
      const fired = (blocking: boolean) => {
        const asked = story.and(
          requestChanges('ann', { items: [{ text: 'Sign page 4', blocking }] }),
          resubmit(mended),
        );
        const { executionId, clock } = asked.find('StepStarted');
        const timer = fireTimer({ executionId, kind: 'rung', rungId: 'r1', generation: clock.generation });
        const items = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
        return { at: asked.and(timer), cleared: asked.and(clearChanges('ann', items), timer) };
      };
      expect(fired(true).at.types).toEqual(['RungSkipped']);
      expect(fired(true).cleared.types).toContain('StepCompleted');
      expect(fired(false).at.types).toContain('StepCompleted');
    });

    it('holds for the subject as it was', () => {
      const story = told({ floor: 0, auto: true });
      const revised = story.and(fire(story), resubmit({ ...loan, term: 12 }));
      expect(revised.find('StepStarted').step).toBe('check');
    });
  });

  it.each(['remind', 'notify', 'priority', 'none'] as const)('%s is told, and changes nothing else', (action) => {
    const check = step('check', { ladder: [{ id: 'r1', at: 'start+1h', action }] });
    const story = Story.of(start(definition(check)));
    const { executionId: id } = story.find('StepStarted');
    const fired = story.and(fireTimer({ executionId: id, kind: 'rung', rungId: 'r1', generation: 1 }));
    expect(fired.types).toEqual(['RungFired']);
    expect(fired.started.executions[0]?.assignments).toEqual(story.started.executions[0]?.assignments);
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
