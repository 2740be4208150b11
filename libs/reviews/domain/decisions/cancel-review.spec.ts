import {
  approve,
  cancel,
  definition,
  hold,
  reject,
  reopen,
  requestChanges,
  requestInfo,
  resubmit,
  loan,
  start,
  step,
  Story,
  withdraw,
} from '../review.examples.js';

const workflow = definition(step('check', { sla: { value: 8, unit: 'WALL_HOUR' } }));
const running = Story.of(start(workflow));

describe('CancelReview', () => {
  it('ends the review in whatever it waits for', () => {
    for (const story of [
      running,
      running.and(requestChanges('ann')),
      running.and(requestInfo('ann')),
      running.and(hold()),
    ]) {
      const cancelled = story.and(cancel());
      expect(cancelled.types).toEqual(['ReviewCancelled']);
      expect(cancelled.review.status).toBe('cancelled');
      expect(cancelled.started.executions[0]).toMatchObject({ status: 'closed', clock: { runningSince: null } });
    }
  });

  it('leaves no way back', () => {
    const story = running.and(cancel());
    for (const command of [approve('ann'), withdraw(), resubmit(loan), reopen(), hold()])
      expect(story.refusal(command).code).toBe('step-resolved');
  });

  it('takes a permission and a reason', () => {
    expect(running.refusal(cancel('mia', { may: { override: false } }))).toMatchObject({
      code: 'forbidden',
      details: { requiredPermission: 'review:override' },
    });
    expect(running.refusal(cancel('ada', { reason: ' ' })).code).toBe('reason-required');
  });

  it('is done once, and never to a review that has its outcome', () => {
    expect(running.and(cancel(), cancel()).last).toEqual([]);
    expect(running.and(reject('ann')).refusal(cancel()).code).toBe('step-resolved');
    expect(running.and(approve('ann')).refusal(cancel()).code).toBe('step-resolved');
  });
});
