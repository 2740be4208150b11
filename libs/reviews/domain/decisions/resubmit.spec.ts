import {
  approve,
  at,
  definition,
  hold,
  loan,
  manager,
  reject,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  user,
  withdraw,
} from '../review.examples.js';
import type { Step } from '#libs/kernel/domain/workflow-definition';

const sla = { value: 8, unit: 'WALL_HOUR' } as const;
const one = definition(step('check', { sla }));
const both = (over: Partial<Step> = {}) =>
  definition(step('check', over), step('sign', { assignees: [manager()], ...over }));
const dearer = { ...loan, amountMinor: '9900000' };

describe('Resubmit', () => {
  it('opens the next round at the step that was open, on the same clock', () => {
    const story = Story.of(start(one), requestChanges('ann', { time: '11:00' }), resubmit(dearer, { time: '15:00' }));
    expect(story.types).toEqual(['SubjectRevised', 'StepStarted', 'SlaResumed']);
    expect(story.find('SubjectRevised')).toMatchObject({
      round: 2,
      revision: { revision: 2 },
      changedPaths: ['/amountMinor'],
    });
    expect(story.find('SlaResumed').clock).toMatchObject({ consumedMs: 7_200_000, dueAt: at('21:00'), generation: 2 });
    expect(story.review).toMatchObject({ status: 'in_review', round: 2 });
  });

  it('makes a new execution with the same assignments', () => {
    const story = Story.of(start(one), requestChanges('ann'), resubmit(dearer));
    const [first, second] = story.started.executions;
    expect(second?.executionId).not.toBe(first?.executionId);
    expect(second?.assignments).toEqual(first?.assignments);
    expect(first?.status).toBe('superseded');
  });

  it('keeps overdue overdue', () => {
    const story = Story.of(
      start(one),
      requestChanges('ann', { time: '18:00' }),
      resubmit(dearer, { time: '2026-11-23T09:00:00.000Z' }),
    );
    expect(story.find('SlaResumed').clock).toMatchObject({
      consumedMs: 9 * 3_600_000,
      dueAt: '2026-11-23T08:00:00.000Z',
    });
  });

  it('invalidates approvals of what has changed, and says which', () => {
    const two = definition(step('check', { rule: { count: 2 } }));
    const story = Story.of(start(two), approve('ann'), resubmit(dearer));
    expect(story.types).toEqual(['SubjectRevised', 'DecisionsInvalidated', 'StepStarted']);
    expect(story.find('DecisionsInvalidated')).toMatchObject({
      decisionIds: [story.find('DecisionRecorded').decisionId],
      paths: ['/amountMinor'],
    });
    expect(story.and(approve('bob', { revision: 2 })).review.status).toBe('in_review');
    expect(story.and(approve('bob', { revision: 2 }), approve('ann', { revision: 2 })).review.status).toBe('approved');
  });

  it('goes back to the first step whose decisions no longer count', () => {
    const story = Story.of(start(both()), approve('ann'), resubmit(dearer));
    expect(story.find('StepStarted')).toMatchObject({ step: 'check', round: 2 });
    expect(story.and(approve('ann', { revision: 2 })).find('StepStarted')).toMatchObject({ step: 'sign', round: 2 });
  });

  it('carries approvals on untouched scopes over', () => {
    const scoped = definition(
      step('check', { assignees: [user('ann', { scope: ['/purpose'] })] }),
      step('sign', { assignees: [manager()] }),
    );
    const story = Story.of(start(scoped), approve('ann'), resubmit(dearer));
    expect(story.types).toEqual(['SubjectRevised', 'StepStarted']);
    expect(story.find('StepStarted')).toMatchObject({ step: 'sign', round: 2 });
  });

  it('counts a seat that carries over as filled in the new round', () => {
    const assignees = [user('ann', { scope: ['/purpose'] }), user('bob')];
    const story = Story.of(
      start(definition(step('check', { assignees, rule: { count: 2 } }))),
      approve('ann'),
      approve('bob', { time: '09:30' }),
    );
    const again = story.and(resubmit(dearer));
    const [first, second] = story.events.flatMap((event) => (event.type === 'DecisionRecorded' ? [event.data] : []));
    expect(again.find('DecisionsInvalidated').decisionIds).toEqual([second?.decisionId]);
    expect(again.find('StepStarted').carried).toEqual([
      { assignmentId: first?.assignmentId, decisionId: first?.decisionId },
    ]);
    expect(again.and(approve('bob', { revision: 2 })).review.status).toBe('approved');
  });

  it('drops every approval at any change where the step says so', () => {
    const strict = both({ staleness: 'any', assignees: [user('ann', { scope: ['/purpose'] })] });
    expect(Story.of(start(strict), approve('ann'), resubmit(dearer)).find('StepStarted').step).toBe('check');
  });

  it('drops none where the step says never', () => {
    const lenient = both({ staleness: 'never' });
    expect(Story.of(start(lenient), approve('ann'), resubmit(dearer)).find('StepStarted').step).toBe('sign');
  });

  it('takes answers to open items, and refuses answers to others', () => {
    const story = Story.of(start(one), requestChanges('ann'));
    const { itemId = '' } = story.find('ChangesRequested').items[0] ?? {};
    const answered = story.and(resubmit(loan, { answers: [{ itemId, text: 'Attached' }] }));
    expect(answered.started.changeRequests[0]?.items[0]).toMatchObject({ state: 'open', answer: 'Attached' });
    expect(story.refusal(resubmit(loan, { answers: [{ itemId: 'itm_x', text: '?' }] })).code).toBe('validation-failed');
  });

  it('goes on with unchanged content when changes were requested', () => {
    expect(Story.of(start(one), requestChanges('ann'), resubmit(loan)).review).toMatchObject({
      status: 'in_review',
      round: 2,
    });
  });

  it('takes unchanged content otherwise as nothing said', () => {
    expect(Story.of(start(one), resubmit(loan)).last).toEqual([]);
  });

  it('is the submitter’s alone', () => {
    const story = Story.of(start(one));
    expect(story.refusal(resubmit(dearer, { by: 'ann' }))).toMatchObject({
      code: 'not-eligible',
      details: { whoCan: ['user:olly'] },
    });
  });

  it('may be done by his delegate, who then is an editor and decides no more', () => {
    const story = Story.of(start(one), resubmit(dearer, { by: 'ann', onBehalfOf: 'olly' }));
    expect(story.find('SubjectRevised')).toMatchObject({ revisedBy: 'ann', onBehalfOf: 'olly' });
    expect(story.refusal(approve('ann', { revision: 2 })).code).toBe('four-eyes');
  });

  it('discounts an approval whose giver has become an editor', () => {
    const lenient = definition(step('check', { staleness: 'never', rule: { count: 2 } }));
    const story = Story.of(start(lenient), approve('ann'), resubmit(dearer, { by: 'ann', onBehalfOf: 'olly' }));
    expect(story.types).toEqual(['SubjectRevised', 'DecisionsInvalidated', 'StepStarted', 'StepBlocked']);
  });

  it('is refused by what the review is in before it is asked who comes', () => {
    const used = Story.of(start(definition(step('check', { maxRounds: 1 }))));
    expect(used.refusal(resubmit(dearer, { by: 'ann' })).code).toBe('invalid-state');
    expect(Story.of(start(one), hold()).refusal(resubmit(dearer, { by: 'ann' })).code).toBe('invalid-state');
    expect(Story.of(start(one), reject('ann')).refusal(resubmit(dearer, { by: 'ann' })).code).toBe('step-resolved');
    const strange = [{ itemId: 'itm_x', text: '?' }];
    expect(Story.of(start(one)).refusal(resubmit(dearer, { by: 'ann', answers: strange })).code).toBe('not-eligible');
  });

  it('answers what was asked for also in the last round', () => {
    const limited = definition(step('check', { maxRounds: 2 }));
    const story = Story.of(start(limited), requestChanges('ann'), resubmit(dearer));
    expect(story.started.round).toBe(2);
  });

  it('is refused after the end', () => {
    expect(Story.of(start(one), reject('ann')).refusal(resubmit(dearer)).code).toBe('step-resolved');
    expect(Story.of(start(one), withdraw()).refusal(resubmit(dearer)).code).toBe('step-resolved');
  });
});
