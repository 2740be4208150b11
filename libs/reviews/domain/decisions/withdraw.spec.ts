import { approve, definition, requestChanges, start, step, Story, withdraw } from '../review.examples.js';

const workflow = definition(step('check'));

describe('Withdraw', () => {
  it('ends the review for the submitter', () => {
    const story = Story.of(start(workflow), withdraw());
    expect(story.types).toEqual(['ReviewWithdrawn']);
    expect(story.review.status).toBe('withdrawn');
  });

  it('also while changes are awaited', () => {
    expect(Story.of(start(workflow), requestChanges('ann'), withdraw()).review.status).toBe('withdrawn');
  });

  it('also by his delegate', () => {
    const story = Story.of(start(workflow), withdraw('mia', { onBehalfOf: 'olly' }));
    expect(story.find('ReviewWithdrawn')).toMatchObject({ withdrawnBy: 'mia', onBehalfOf: 'olly' });
  });

  it('takes a second withdrawal as the same', () => {
    expect(Story.of(start(workflow), withdraw(), withdraw()).last).toEqual([]);
  });

  it('is refused to others, and after the outcome', () => {
    expect(Story.of(start(workflow)).refusal(withdraw('ann')).code).toBe('not-eligible');
    expect(Story.of(start(workflow), approve('ann')).refusal(withdraw())).toMatchObject({
      code: 'step-resolved',
      details: { outcome: 'approved' },
    });
  });
});
