import {
  approve,
  clearChanges,
  definition,
  dismissChanges,
  loan,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  withdraw,
} from '../review.examples.js';

const workflow = definition(step('check', { rule: { count: 1 }, sla: { value: 8, unit: 'WALL_HOUR' } }));
const asked = Story.of(start(workflow), requestChanges('ann', { items: [{ text: 'Income' }, { text: 'Address' }] }));
const ids = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
const answered = asked.and(resubmit({ ...loan, income: '100' }));

describe('Change items', () => {
  it('are cleared by their author’s own decision on a later revision', () => {
    const story = answered.and(approve('ann', { revision: 2 }));
    expect(story.types).toEqual(['DecisionRecorded', 'ChangeItemsCleared', 'StepCompleted', 'ReviewApproved']);
    expect(story.find('ChangeItemsCleared')).toMatchObject({ itemIds: ids, clearedBy: 'ann', how: 'decision' });
  });

  it('are not cleared by the submitter in their author’s name, nor by way of him', () => {
    const approved = answered.and(approve('bob', { revision: 2 }));
    expect(approved.refusal(clearChanges('olly', ids, { onBehalfOf: 'ann' })).code).toBe('four-eyes');
    expect(approved.refusal(clearChanges('mia', ids, { onBehalfOf: 'ann', path: ['ann', 'olly'] })).code).toBe(
      'four-eyes',
    );
    expect(approved.and(clearChanges('mia', ids, { onBehalfOf: 'ann' })).review.status).toBe('approved');
  });

  it('say in whose name they are cleared, by hand and by a decision', () => {
    const inHerName = { clearedBy: 'mia', onBehalfOf: 'ann', delegationPath: ['ann'] };
    const cleared = answered.and(clearChanges('mia', ids, { onBehalfOf: 'ann' }));
    expect(cleared.find('ChangeItemsCleared')).toMatchObject({ ...inHerName, how: 'cleared' });
    const decided = answered.and(approve('mia', { revision: 2, onBehalfOf: 'ann' }));
    expect(decided.find('ChangeItemsCleared')).toMatchObject({ ...inHerName, how: 'decision' });
    expect(answered.and(clearChanges('ann', ids)).find('ChangeItemsCleared')).not.toHaveProperty('onBehalfOf');
  });

  it('are taken back by their author, also when he has written the revision since; it stands in for nobody’s approval', () => {
    const edited = asked.and(resubmit({ ...loan, income: '100' }, { by: 'ann', onBehalfOf: 'olly' }));
    expect(edited.refusal(approve('ann', { revision: 2 })).code).toBe('four-eyes');
    const cleared = edited.and(clearChanges('ann', ids));
    expect(cleared.types).toEqual(['ChangeItemsCleared']);
    expect(cleared.review.status).toBe('in_review');
    expect(cleared.and(approve('bob', { revision: 2 })).review.status).toBe('approved');
  });

  it('hold the step while others approve', () => {
    const story = answered.and(approve('bob', { revision: 2 }));
    expect(story.types).toEqual(['DecisionRecorded']);
    expect(story.review.status).toBe('in_review');
  });

  it('complete the step in the append that clears the last blocking one', () => {
    const story = answered.and(approve('bob', { revision: 2 }), clearChanges('ann', ids.slice(0, 1)));
    expect(story.types).toEqual(['ChangeItemsCleared']);
    expect(story.and(clearChanges('ann', ids)).types).toEqual([
      'ChangeItemsCleared',
      'StepCompleted',
      'ReviewApproved',
    ]);
  });

  it('hold nothing when they are not blocking', () => {
    const items = [{ text: 'A typo', blocking: false }];
    const story = Story.of(start(workflow), requestChanges('ann', { items }), resubmit({ ...loan, term: 12 }));
    expect(story.and(approve('bob', { revision: 2 })).review.status).toBe('approved');
  });

  it('let the review go on in the same round when their author takes them back', () => {
    const story = asked.and(clearChanges('ann', ids, { time: '12:00' }));
    expect(story.types).toEqual(['ChangeItemsCleared', 'SlaResumed']);
    expect(story.review).toMatchObject({ status: 'in_review', round: 1 });
  });

  it('keep the review waiting while one blocking item is left', () => {
    const story = asked.and(clearChanges('ann', ids.slice(0, 1)));
    expect(story.types).toEqual(['ChangeItemsCleared']);
    expect(story.review.status).toBe('changes_requested');
  });

  it('are cleared by nobody but their author', () => {
    expect(answered.refusal(clearChanges('bob', ids)).code).toBe('not-eligible');
  });

  it('are dismissed by somebody with the permission, with a reason', () => {
    const story = answered.and(approve('bob', { revision: 2 }), dismissChanges('mia', ids));
    expect(story.find('ChangeItemsCleared')).toMatchObject({ how: 'dismissed', reason: 'Known to the branch' });
    expect(story.review.status).toBe('approved');
    expect(answered.refusal(dismissChanges('mia', ids, { reason: ' ' })).code).toBe('reason-required');
    expect(answered.refusal(dismissChanges('mia', ids, { may: { dismiss: false } })).code).toBe('forbidden');
  });

  it('are not dismissed by the submitter', () => {
    const approved = answered.and(approve('bob', { revision: 2 }));
    expect(approved.refusal(dismissChanges('olly', ids)).code).toBe('four-eyes');
  });

  it('are cleared once: again is nothing', () => {
    expect(answered.and(clearChanges('ann', ids), clearChanges('ann', ids)).last).toEqual([]);
  });

  it('have to exist', () => {
    expect(answered.refusal(clearChanges('ann', ['itm_x']))).toMatchObject({
      code: 'validation-failed',
      details: { errors: [{ pointer: '/items/0' }] },
    });
  });

  it('are sticky for their author: nobody else’s approval, and no answer, clears them', () => {
    const items = ids.map((itemId) => ({ itemId, text: 'Attached' }));
    const story = asked.and(resubmit({ ...loan, income: '100' }, { answers: items }), approve('bob', { revision: 2 }));
    expect(story.types).toEqual(['DecisionRecorded']);
    expect(story.started.changeRequests[0]?.items.map(({ state, answer }) => [state, answer])).toEqual([
      ['open', 'Attached'],
      ['open', 'Attached'],
    ]);
  });

  it('are answered one by one, over as many rounds as it takes', () => {
    const [first = '', second = ''] = ids;
    const story = asked
      .and(resubmit({ ...loan, income: '100' }, { answers: [{ itemId: first, text: 'See page 2' }] }))
      .and(resubmit({ ...loan, income: '120' }, { answers: [{ itemId: second, text: 'Moved' }] }));
    expect(story.started).toMatchObject({ status: 'in_review', round: 3 });
    expect(story.started.changeRequests[0]?.items.map(({ answer }) => answer)).toEqual(['See page 2', 'Moved']);
    expect(story.and(approve('ann', { revision: 3 })).review.status).toBe('approved');
  });

  it('are cleared by a decision in their author’s name, as they were asked in it', () => {
    const forAnn = Story.of(start(workflow), requestChanges('mia', { onBehalfOf: 'ann' }), resubmit({ ...loan, a: 1 }));
    expect(forAnn.and(approve('ann', { revision: 2 })).types).toContain('ChangeItemsCleared');
    expect(forAnn.and(approve('mia', { revision: 2, onBehalfOf: 'ann' })).types).toContain('ChangeItemsCleared');
    expect(forAnn.and(approve('bob', { revision: 2 })).types).toEqual(['DecisionRecorded']);
  });

  it('are not cleared by a decision on the revision that they were asked on', () => {
    const items = [
      { text: 'A typo', blocking: false },
      { text: 'Another', blocking: false },
    ];
    const two = Story.of(start(definition(step('check', { rule: { count: 2 } }))), requestChanges('ann', { items }));
    const [first = ''] = two.find('ChangesRequested').items.map(({ itemId }) => itemId);
    const story = two.and(clearChanges('ann', [first]), approve('ann'));
    expect(story.types).toEqual(['DecisionRecorded']);
    expect(story.started.changeRequests[0]?.items.map(({ state }) => state)).toEqual(['cleared', 'open']);
  });

  it('matter no more after the end', () => {
    expect(answered.and(withdraw()).refusal(clearChanges('ann', ids)).code).toBe('step-resolved');
  });
});
