import {
  approve,
  at,
  definition,
  loan,
  manager,
  officer,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
} from '../review.examples.js';

const workflow = definition(step('check', { rule: { count: 2 }, sla: { value: 8, unit: 'WALL_HOUR' } }));

describe('RequestChanges', () => {
  it('sends the review back and stops the clock', () => {
    const story = Story.of(start(workflow), requestChanges('ann', { time: '11:00' }));
    expect(story.types).toEqual(['ChangesRequested', 'SlaPaused']);
    expect(story.find('SlaPaused')).toMatchObject({ consumedMs: 7_200_000, holder: 'assignee', at: at('11:00') });
    expect(story.review.status).toBe('changes_requested');
  });

  it('fills no assignment', () => {
    const story = Story.of(start(workflow), requestChanges('ann'));
    expect(story.started.decisions).toEqual([]);
  });

  it('makes items blocking unless told otherwise', () => {
    const items = [
      { text: 'Income', path: '/income' },
      { text: 'A typo', blocking: false },
    ];
    const { items: recorded } = Story.of(start(workflow), requestChanges('ann', { items })).find('ChangesRequested');
    expect(recorded.map(({ blocking, path }) => [blocking, path])).toEqual([
      [true, '/income'],
      [false, null],
    ]);
  });

  it('may be asked by somebody who has approved already', () => {
    expect(Story.of(start(workflow), approve('ann'), requestChanges('ann')).review.status).toBe('changes_requested');
  });

  it('passes the same guard as a decision', () => {
    const story = Story.of(start(workflow));
    expect(story.refusal(requestChanges('olly')).code).toBe('four-eyes');
    expect(story.refusal(requestChanges('vic')).code).toBe('not-eligible');
    expect(story.and(resubmit({ ...loan, term: 12 })).refusal(requestChanges('ann')).code).toBe('stale-review');
    expect(story.and(requestChanges('ann')).refusal(requestChanges('bob')).code).toBe('invalid-state');
  });

  it('refuses to ask for nothing', () => {
    expect(Story.of(start(workflow)).refusal(requestChanges('ann', { items: [] })).code).toBe('validation-failed');
  });

  describe('when the step has had all its rounds', () => {
    const limited = { rule: { count: 1 }, maxRounds: 2 } as const;
    const second = (over = {}) =>
      Story.of(
        start(definition(step('check', { ...limited, ...over }))),
        requestChanges('ann'),
        resubmit({ ...loan, term: 12 }),
      );

    it('rejects the review', () => {
      const story = second().and(requestChanges('ann', { revision: 2 }));
      expect(story.types).toEqual(['ChangesRequested', 'StepRejected', 'ReviewRejected']);
      expect(story.find('StepRejected').reason).toBe('rounds');
    });

    it('waits for whom it is escalated to, where the workflow says so', () => {
      const story = second({ onMaxRounds: 'escalate' }).and(requestChanges('ann', { revision: 2 }));
      expect(story.types).toEqual(['ChangesRequested', 'StepBlocked']);
      expect(story.find('StepBlocked').code).toBe('ROUNDS_EXHAUSTED');
      expect(story.review.status).toBe('in_review');
      expect(story.refusal(approve('bob', { revision: 2 })).code).toBe('invalid-state');
    });

    it('does not count a round in which the step was skipped', () => {
      const when = { eq: ['currency', 'CHF'] } as const;
      const workflow = definition(step('check', { ...limited, when }), step('sign', { assignees: [manager()] }));
      const skipped = Story.of(start(workflow), requestChanges('mia'));
      const asked = skipped.and(resubmit({ ...loan, currency: 'CHF' }), requestChanges('ann', { revision: 2 }));
      expect(skipped.started.executions[0]?.status).toBe('skipped');
      expect(asked.review.status).toBe('changes_requested');
    });

    it('takes no further revision', () => {
      expect(second().refusal(resubmit({ ...loan, term: 24 })).code).toBe('invalid-state');
    });
  });

  it('needs an assignment of its own: a seat that others filled does not do', () => {
    const assignees = [officer({ seats: 1 }), manager()];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))), approve('ann'));
    expect(story.refusal(requestChanges('bob')).code).toBe('assignment-filled');
  });
});
