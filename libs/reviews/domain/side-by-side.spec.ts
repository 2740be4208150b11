import {
  approve,
  clearChanges,
  definition,
  hold,
  loan,
  manager,
  override,
  provideInfo,
  reject,
  reopen,
  requestChanges,
  requestInfo,
  resubmit,
  resume,
  start,
  step,
  Story,
  user,
} from './review.examples.js';
import { blockingItems } from './evaluate.js';
import { reviewDetail } from './views/review-detail.js';
import { waitingOn } from './views/receipt-state.js';

/* What stops a review stops every step that runs, and what takes an outcome back asks the whole stage. */

const sla = { value: 8, unit: 'WALL_HOUR' } as const;
const stage = definition(
  step('credit', { rule: { count: 2 }, sla }),
  step('legal', { assignees: [user('mia')], parallel: true, sla: { value: 24, unit: 'WALL_HOUR' } }),
  step('sign', { assignees: [user('max')] }),
);
const running = Story.of(start(stage));
const dearer = { ...loan, amountMinor: '9900000' };
const statuses = ({ started, events }: Story) =>
  reviewDetail(started, BigInt(events.length - 1)).steps.map(({ status }) => status);
const count = ({ types }: Story, type: string) => types.filter((it) => it === type).length;

describe('Steps that run side by side', () => {
  it.each([
    ['held', hold('mia', { time: '11:00' }), resume('mia', { time: '12:00' })],
    ['asked a question', requestInfo('ann', { time: '11:00' }), provideInfo('olly', { time: '12:00' })],
  ])('all stand while the review is %s, and all go on', (_, stop, go) => {
    const stopped = running.and(stop);
    expect(count(stopped, 'SlaPaused')).toBe(2);
    expect(stopped.started.executions.map(({ clock }) => clock.runningSince)).toEqual([null, null]);
    for (const by of ['ann', 'mia']) expect(stopped.refusal(approve(by)).code).toBe('invalid-state');
    const going = stopped.and(go);
    expect(count(going, 'SlaResumed')).toBe(2);
    expect(going.started.executions.map(({ clock }) => clock.consumedMs)).toEqual([7_200_000, 7_200_000]);
    expect(going.and(approve('mia')).types).toContain('StepCompleted');
  });

  it('wait for one resumption, answer or resubmission, told once', () => {
    const first = (story: Story) => waitingOn(story.started).map(({ condition }) => condition);
    expect(first(running.and(hold())).filter((it) => it === 'resumption')).toHaveLength(1);
    expect(first(running.and(requestInfo('ann'))).filter((it) => it === 'information')).toHaveLength(1);
    expect(first(running.and(requestChanges('ann'))).filter((it) => it === 'resubmission')).toHaveLength(1);
  });

  it('are held up by change items of their own only', () => {
    const asked = running.and(requestChanges('ann'), resubmit(dearer));
    expect(asked.and(approve('mia', { revision: 2 })).types).toEqual(['DecisionRecorded', 'StepCompleted']);
    const [credit, legal] = ['credit', 'legal'].map((key) => blockingItems(asked.started, key));
    expect([credit?.length, legal?.length]).toEqual([1, 0]);
  });

  it('go on together when the last blocking item is cleared', () => {
    const asked = running.and(requestChanges('ann', { time: '11:00' }));
    const items = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
    expect(asked.and(clearChanges('ann', items)).types).toEqual(['ChangeItemsCleared', 'SlaResumed', 'SlaResumed']);
  });

  it('are overridden by name', () => {
    expect(running.refusal(override('approve'))).toMatchObject({
      code: 'validation-failed',
      details: { errors: [{ pointer: '/step' }] },
    });
    const story = running.and(override('approve', { step: 'legal' }));
    expect(story.types).toEqual(['ReviewOverridden', 'StepCompleted']);
    expect(statuses(story)).toEqual(['open', 'overridden', 'pending']);
    expect(story.and(approve('ann'), approve('bob')).find('StepStarted').step).toBe('sign');
  });

  it('end together when one of them is overridden to a rejection', () => {
    const story = running.and(approve('mia'), override('reject', { step: 'credit' }));
    expect(story.review.status).toBe('rejected');
    expect(statuses(story)).toEqual(['overridden', 'satisfied', 'pending']);
  });

  it('are asked again as far as they gave the outcome: approvals of the others are kept', () => {
    const rejected = running.and(approve('ann'), reject('mia'));
    expect(rejected.review.status).toBe('rejected');
    const story = rejected.and(reopen('smart'));
    expect(story.find('ReviewReopened').steps).toEqual(['legal']);
    expect(count(story, 'StepStarted')).toBe(2);
    expect(story.and(approve('mia'), approve('bob')).find('StepStarted').step).toBe('sign');
  });

  it('are all asked again where they were the last stage of what was approved', () => {
    const last = definition(
      step('check'),
      step('credit', { assignees: [manager()] }),
      step('legal', { assignees: [user('ann')], parallel: true }),
    );
    const approved = Story.of(start(last), approve('bob'), approve('mia'), approve('ann'));
    expect(approved.review.status).toBe('approved');
    const story = approved.and(reopen('smart'));
    expect(story.find('ReviewReopened').steps).toEqual(['credit', 'legal']);
    expect(statuses(story)).toEqual(['satisfied', 'open', 'open']);
  });
});
