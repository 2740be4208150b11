import {
  abstain,
  approve,
  definition,
  loan,
  manager,
  officer,
  requestChanges,
  rescind,
  resubmit,
  start,
  step,
  Story,
  withdraw,
} from '../review.examples.js';
import type { ReviewCommand } from '../review.commands.js';
import { reviewDetail } from '../views/review-detail.js';

const two = definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()] }));
const decided = (...told: readonly ReviewCommand[]) => Story.of(start(two), ...told);
const decisionOf = (story: Story) => story.find('DecisionRecorded').decisionId;

describe('RescindDecision', () => {
  it('takes the decision back, which stays visible and opens the assignment again', () => {
    const story = decided(approve('ann'));
    const taken = story.and(rescind('ann', decisionOf(story), { reason: 'The wrong file' }));
    expect(taken.types).toEqual(['DecisionRescinded']);
    expect(taken.find('DecisionRescinded')).toMatchObject({
      reopens: { kind: 'ROLE', ref: 'officer' },
      revived: [],
      reason: 'The wrong file',
    });
    const [check] = reviewDetail(taken.started, 0n).steps;
    expect(check?.decisions).toMatchObject([{ verdict: 'approve', counted: false, reason: 'RESCINDED' }]);
    expect(check?.assignments.map(({ state }) => state)).toEqual(['open', 'open']);
  });

  it('lets the same person decide anew, and counts that', () => {
    const story = decided(approve('ann'));
    const anew = story.and(rescind('ann', decisionOf(story)), approve('ann'), approve('bob'));
    expect(anew.types).toEqual(['DecisionRecorded', 'StepCompleted', 'StepStarted']);
    expect(anew.find('StepCompleted').proof.decisions).not.toContain(decisionOf(story));
  });

  it('twice is once', () => {
    const story = decided(approve('ann'));
    expect(story.and(rescind('ann', decisionOf(story)), rescind('ann', decisionOf(story))).last).toEqual([]);
  });

  it('needs a reason, and the own hand', () => {
    const story = decided(approve('ann'));
    expect(story.refusal(rescind('ann', decisionOf(story), { reason: ' ' })).code).toBe('reason-required');
    expect(story.refusal(rescind('bob', decisionOf(story))).code).toBe('not-eligible');
    expect(story.refusal(rescind('ann', 'dec_none')).code).toBe('validation-failed');
  });

  it('is possible until its step is resolved', () => {
    const story = decided(approve('ann'));
    expect(story.and(requestChanges('bob'), rescind('ann', decisionOf(story))).types).toEqual(['DecisionRescinded']);
    expect(story.and(approve('bob')).refusal(rescind('ann', decisionOf(story))).code).toBe('step-resolved');
    expect(story.and(withdraw()).refusal(rescind('ann', decisionOf(story))).code).toBe('step-resolved');
  });

  it('opens a step that an abstention had blocked', () => {
    const blocked = decided(abstain('ann'));
    expect(blocked.and(rescind('ann', decisionOf(blocked))).types).toEqual(['DecisionRescinded', 'StepUnblocked']);
  });

  it('is not undone by a revert to the bytes that were decided on', () => {
    const story = decided(approve('ann'));
    const reverted = story
      .and(resubmit({ ...loan, amountMinor: '1' }), rescind('ann', decisionOf(story)))
      .and(resubmit(loan));
    expect(reverted.find('DecisionRescinded').reopens).toBeNull();
    expect(reverted.find('StepStarted').carried).toBeUndefined();
  });

  it('revives the decision that it had made superfluous', () => {
    const assignees = [officer({ seats: 1, scope: ['/purpose'] }), manager()];
    const edited = Story.of(start(definition(step('check', { rule: { count: 2 }, assignees }))), approve('ann')).and(
      resubmit({ ...loan, amountMinor: '1' }, { by: 'ann', onBehalfOf: 'olly' }),
    );
    const story = edited.and(approve('bob', { revision: 2 }), resubmit({ ...loan, amountMinor: '2' }));
    const [first, second] = story.started.decisions;
    const reasons = (told: Story) => reviewDetail(told.started, 0n).steps[0]?.decisions.map(({ reason }) => reason);
    expect(reasons(story)).toEqual([null, 'ASSIGNMENT_FILLED']);
    const taken = story.and(rescind('ann', first?.decisionId ?? ''));
    expect(taken.find('DecisionRescinded')).toMatchObject({
      reopens: null,
      revived: [{ decisionId: second?.decisionId, assignmentId: first?.assignmentId }],
    });
    expect(reasons(taken)).toEqual(['RESCINDED', null]);
  });
});
