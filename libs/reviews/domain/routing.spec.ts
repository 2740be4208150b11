import { approve, definition, directory, manager, officer, start, step, Story, user } from './review.examples.js';
import { routing } from './routing.js';
import type { Execution } from './review.state.js';
import type { Step } from '#libs/kernel/domain/workflow-definition';

const begun = (over: Partial<Step>, people = directory()) => {
  const story = Story.of(start(definition(step('check', over)), { directory: people }));
  return routing(story.started, story.started.executions[0] as Execution, people);
};
const only = (...officers: string[]) =>
  directory(
    ...['ann', 'bob', 'olly'].map((userId) => ({
      userId,
      roles: officers.includes(userId) ? ['officer'] : [],
      active: true,
    })),
  );

describe('Routing', () => {
  it('is fine with enough different people', () => {
    expect(begun({ rule: { count: 2 } })).toEqual({ ok: true });
  });

  it('gives one person one seat', () => {
    expect(
      begun({ assignees: [user('ann'), officer({ seats: 1 })], rule: { count: 2 } }, only('ann', 'olly')),
    ).toMatchObject({
      ok: false,
      need: 2,
      have: 1,
    });
  });

  it('moves somebody to another seat when that frees one', () => {
    expect(begun({ assignees: [officer({ seats: 1 }), user('ann')], rule: { count: 2 } })).toEqual({ ok: true });
  });

  it('serves the minimum of an assignee before seats that nobody needs', () => {
    const assignees = [officer({ seats: 1 }), user('ann', { minApprovals: 1 })];
    expect(begun({ assignees, rule: { any: true } }, only('ann'))).toEqual({ ok: true });
  });

  it('is not content with enough people in the wrong place', () => {
    const assignees = [manager({ seats: 3 }), officer({ minApprovals: 1 })];
    expect(begun({ assignees, rule: { count: 2 } }, only('olly'))).toMatchObject({ ok: false, who: ['role:officer'] });
  });

  it('counts who has decided as served', () => {
    const story = Story.of(start(definition(step('check', { rule: { count: 2 } }))), approve('ann'));
    const [execution] = story.started.executions;
    expect(routing(story.started, execution as Execution, only('bob'))).toEqual({ ok: true });
    expect(routing(story.started, execution as Execution, only('ann'))).toMatchObject({ ok: false, have: 1, need: 2 });
  });

  it('tells a list of the submitter only from one that is too short', () => {
    expect(begun({}, only('olly'))).toMatchObject({ ok: false, code: 'SELF_ONLY' });
    expect(begun({}, only())).toMatchObject({ ok: false, code: 'UNSATISFIABLE' });
  });
});
