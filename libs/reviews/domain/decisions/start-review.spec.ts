import { at, definition, directory, manager, officer, start, step, Story, user } from '../review.examples.js';

describe('StartReview', () => {
  it('pins the version, freezes the steps and opens the first one', () => {
    const workflow = definition(step('check'), step('sign', { assignees: [manager()] }));
    const story = Story.of(start(workflow));
    expect(story.types).toEqual(['ReviewStarted', 'StepStarted']);
    expect(story.find('ReviewStarted')).toMatchObject({ workflow: { version: 3 }, steps: workflow.steps });
    expect(story.review).toMatchObject({ status: 'in_review', round: 1 });
  });

  it('makes one assignment for a user, and for a role as many as the rule needs', () => {
    const assignees = [user('mia'), officer({ minApprovals: 1 })];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))));
    expect(story.find('StepStarted').assignments.map(({ kind, ref }) => `${kind} ${ref}`)).toEqual([
      'USER mia',
      'ROLE officer',
      'ROLE officer',
    ]);
  });

  it('makes the seats that the definition asks for', () => {
    const story = Story.of(start(definition(step('check', { assignees: [manager({ seats: 3 })] }))));
    expect(story.find('StepStarted').assignments).toHaveLength(3);
  });

  it('starts the clock and tells when each rung is due', () => {
    const ladder = [
      { id: 'r1', at: '75%', action: 'remind' as const },
      { id: 'r2', at: '0', action: 'add' as const, to: { role: 'manager' } },
      { id: 'r3', at: '+4h', action: 'expire' as const },
      { id: 'r4', at: 'start+48h', action: 'none' as const },
    ];
    const story = Story.of(start(definition(step('check', { sla: { value: 8, unit: 'WALL_HOUR' }, ladder }))));
    const { clock, rungs } = story.find('StepStarted');
    expect(clock).toMatchObject({ consumedMs: 0, runningSince: at('09:00'), dueAt: at('17:00'), generation: 1 });
    expect(rungs).toEqual([
      { rungId: 'r1', dueAt: at('15:00') },
      { rungId: 'r2', dueAt: at('17:00') },
      { rungId: 'r3', dueAt: at('21:00') },
      { rungId: 'r4', dueAt: '2026-11-24T09:00:00.000Z' },
    ]);
  });

  it('says who could fill the roles at that moment', () => {
    const story = Story.of(start(definition(step('check'))));
    expect(story.find('StepStarted').electorate).toEqual({ officer: ['ann', 'bob', 'olly'] });
  });

  it('is in review at once, also when nobody is left to decide', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('olly')] }))));
    expect(story.types).toEqual(['ReviewStarted', 'StepStarted', 'StepBlocked']);
    expect(story.review.status).toBe('in_review');
  });

  it('blocks rather than asks fewer people than the rule says', () => {
    const story = Story.of(start(definition(step('check', { rule: { count: 3 }, assignees: [officer()] }))));
    expect(story.find('StepBlocked')).toMatchObject({
      code: 'UNSATISFIABLE',
      need: 3,
      have: 2,
      who: ['role:officer'],
      fallback: ['role:admin'],
    });
  });

  it('blocks when the floor of people is above those who exist', () => {
    const story = Story.of(start(definition(step('check', { floor: 3, assignees: [officer({ seats: 5 })] }))));
    expect(story.find('StepBlocked')).toMatchObject({ code: 'UNSATISFIABLE', need: 3, have: 2 });
  });

  it('asks the manager of a named person who cannot act', () => {
    const people = directory({ userId: 'ann', roles: [], active: false, managerId: 'mia' });
    const story = Story.of(start(definition(step('check', { assignees: [user('ann')] })), { directory: people }));
    expect(story.find('StepBlocked')).toMatchObject({ who: ['user:ann'], fallback: ['user:mia', 'role:admin'] });
  });

  it('refuses to start twice', () => {
    const workflow = definition(step('check'));
    expect(Story.of(start(workflow)).refusal(start(workflow)).code).toBe('invalid-state');
  });
});
