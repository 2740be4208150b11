import { approve, definition, loan, officer, resubmit, start, step, Story } from './review.examples.js';
import { counted, standings } from './standing.js';

describe('What counts', () => {
  it('counts one person once, also when a revert brings an earlier decision back', () => {
    const assignees = [officer({ seats: 1, scope: ['/purpose'] }), officer({ seats: 1 })];
    const workflow = definition(step('check', { assignees, rule: { count: 2 } }));
    const begun = Story.of(start(workflow));
    const [scoped = '', whole = ''] = begun.find('StepStarted').assignments.map(({ assignmentId }) => assignmentId);
    const story = begun
      .and(approve('ann', { assignmentId: whole }), resubmit({ ...loan, amountMinor: '1' }))
      .and(approve('ann', { assignmentId: scoped, revision: 2 }), resubmit(loan));
    expect(standings(story.started, 0).map(({ reason }) => reason)).toEqual([null, 'DUPLICATE_PERSON']);
    expect(story.review.status).toBe('in_review');
    expect(story.and(approve('bob', { revision: 3 })).review.status).toBe('approved');
  });

  it('labels what no longer counts', () => {
    const stale = Story.of(
      start(definition(step('check', { rule: { count: 2 } }))),
      approve('ann'),
      resubmit({ ...loan, x: 1 }),
    );
    expect(standings(stale.started, 0).map(({ reason }) => reason)).toEqual(['STALE']);
    const lenient = definition(step('check', { rule: { count: 2 }, staleness: 'never' }));
    const edited = Story.of(
      start(lenient),
      approve('ann'),
      resubmit({ ...loan, x: 1 }, { by: 'ann', onBehalfOf: 'olly' }),
    );
    expect(standings(edited.started, 0).map(({ reason }) => reason)).toEqual(['CONTRIBUTOR']);
  });

  it('counts nothing on a step that has not been reached', () => {
    expect(counted(Story.of(start(definition(step('check'), step('sign')))).started, 1)).toEqual([]);
  });
});
