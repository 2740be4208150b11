import {
  approve,
  definition,
  directory,
  hold,
  loan,
  manager,
  officer,
  override,
  reject,
  reopen,
  requestChanges,
  requestInfo,
  resubmit,
  start,
  step,
  Story,
  user,
} from '../review.examples.js';
import { stepOverview } from '../views/step-overview.js';
import { latestExecution } from '../review.state.js';

const two = definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()] }));
const running = Story.of(start(two));
const dearer = { ...loan, amountMinor: '9900000' };
const shown = ({ started }: Story, index = 0) => stepOverview(started, index, latestExecution(started, index));

describe('OverrideStep', () => {
  it('settles the running step in the place of whom it asks, and the next one starts', () => {
    const story = running.and(override('approve'));
    expect(story.types).toEqual(['ReviewOverridden', 'StepCompleted', 'StepStarted']);
    expect(story.find('ReviewOverridden')).toMatchObject({
      step: 'check',
      outcome: 'approve',
      overriddenBy: 'ada',
      reason: 'Both officers are ill',
      revision: 1,
    });
    expect(story.find('StepCompleted').proof).toMatchObject({ state: 'overridden', have: 0, need: 2, decisions: [] });
  });

  it('is of the revision that was seen, where one is named', () => {
    const revised = running.and(resubmit(dearer));
    expect(revised.refusal(override('approve', { revision: 1 }))).toMatchObject({
      code: 'stale-review',
      details: { currentRevision: 2 },
    });
    expect(revised.refusal(override('approve', { by: 'olly', revision: 1 })).code).toBe('stale-review');
    expect(revised.and(override('approve', { revision: 2 })).find('ReviewOverridden').revision).toBe(2);
  });

  it('shows on the step, with who and why', () => {
    expect(shown(running.and(override('approve')))).toMatchObject({
      status: 'overridden',
      override: { outcome: 'approve', overriddenBy: 'ada', reason: 'Both officers are ill' },
    });
    expect(shown(running.and(override('reject')))).toMatchObject({
      status: 'overridden',
      override: { outcome: 'reject' },
    });
    expect(shown(running)).toMatchObject({ status: 'open', override: null });
  });

  it('approves the review with its last step', () => {
    const story = running.and(override('approve'), override('approve', { step: 'sign' }));
    expect(story.types).toEqual(['ReviewOverridden', 'StepCompleted', 'ReviewApproved']);
  });

  it('rejects the review, whatever was approved', () => {
    const story = running.and(approve('ann'), override('reject'));
    expect(story.types).toEqual(['ReviewOverridden', 'StepRejected', 'ReviewRejected']);
    expect(story.find('StepRejected')).toMatchObject({ reason: 'override', proof: { state: 'overridden' } });
  });

  it('settles a step that is blocked', () => {
    const nobody = directory({ userId: 'bob', roles: [], active: true });
    const blocked = Story.of(start(two, { directory: nobody }));
    expect(blocked.types).toContain('StepBlocked');
    const story = blocked.and(override('approve', { directory: nobody }));
    expect(story.types).toEqual(['ReviewOverridden', 'StepUnblocked', 'StepCompleted', 'StepStarted']);
  });

  it('settles a step that waits for somebody to be asked in addition', () => {
    const limited = definition(step('check', { maxRounds: 1, onMaxRounds: 'escalate' }));
    const story = Story.of(start(limited), requestChanges('ann'));
    expect(story.find('StepBlocked').code).toBe('ROUNDS_EXHAUSTED');
    expect(story.and(override('approve')).types).toEqual([
      'ReviewOverridden',
      'StepUnblocked',
      'StepCompleted',
      'ReviewApproved',
    ]);
    const when = { eq: ['currency', 'CHF'] };
    const skipped = Story.of(start(definition(step('check', { when } as object))));
    expect(skipped.find('StepBlocked').code).toBe('ALL_SKIPPED');
    expect(skipped.and(override('approve')).review.status).toBe('approved');
  });

  it('never lifts four eyes: not for the submitter, also where submitters may decide', () => {
    expect(running.refusal(override('approve', { by: 'olly' })).code).toBe('four-eyes');
    expect(running.refusal(override('reject', { by: 'olly' })).code).toBe('four-eyes');
    const lenient = { ...two, fourEyes: { submitter: true, editors: true, allowSelf: true } };
    expect(Story.of(start(lenient)).refusal(override('approve', { by: 'olly' })).code).toBe('four-eyes');
    const open = { ...two, fourEyes: { submitter: false, editors: false } };
    expect(Story.of(start(open)).refusal(override('approve', { by: 'olly' })).code).toBe('four-eyes');
  });

  it('never lifts four eyes: not for an editor, nor for whoever decided before where people are distinct', () => {
    const edited = running.and(resubmit(dearer, { by: 'mia', onBehalfOf: 'olly' }));
    expect(edited.refusal(override('approve', { by: 'mia' })).code).toBe('four-eyes');
    const distinct = definition(step('check'), step('sign', { assignees: [manager()], distinct: 'review' }));
    const decided = Story.of(start(distinct), approve('ann'));
    expect(decided.refusal(override('approve', { by: 'ann' })).code).toBe('four-eyes');
    expect(decided.and(override('approve')).review.status).toBe('approved');
  });

  it('takes the place of what the same person said before on a later step, where people are distinct', () => {
    const assignees = [officer({ seats: 2, scope: ['/purpose'] })];
    const check = step('check', { assignees, rule: { count: 2 }, distinct: 'review' });
    const decided = Story.of(start(definition(step('first', { assignees: [manager()] }), check)));
    const revised = decided.and(approve('mia'), approve('ann'), resubmit(dearer));
    const own = revised.and(override('approve', { by: 'ann' }));
    expect(own.find('StepStarted')).not.toHaveProperty('carried');
    // Bob alone is left for two seats.
    expect(own.types).toEqual(['ReviewOverridden', 'StepCompleted', 'StepStarted', 'StepBlocked']);
    const others = revised.and(override('approve'));
    expect(others.and(approve('bob', { revision: 2 })).started.status).toBe('approved');
  });

  it('is a say like a decision: where people are distinct, whoever overrode a step decides on no other', () => {
    const assignees = [user('ada'), user('max')];
    const distinct = definition(step('check'), step('sign', { assignees, distinct: 'review' }));
    const story = Story.of(start(distinct), override('approve'));
    expect(story.refusal(approve('ada')).code).toBe('four-eyes');
    expect(story.refusal(override('approve')).code).toBe('four-eyes');
    expect(story.and(approve('max')).review.status).toBe('approved');
    const again = story.and(approve('max'), reopen('restart'), approve('ann'));
    expect(again.and(approve('ada')).review.status).toBe('approved');
  });

  it('holds for the content it was said of: another revision is decided by people, a revert brings it back', () => {
    const story = running.and(override('approve'), resubmit(dearer));
    expect(story.find('StepStarted')).toMatchObject({ step: 'check', round: 2 });
    const reverted = story.and(resubmit(loan));
    expect(reverted.find('StepStarted').step).toBe('sign');
    const never = definition(step('check', { staleness: 'never' }), step('sign', { assignees: [manager()] }));
    const kept = Story.of(start(never), override('approve'), resubmit(dearer));
    expect(kept.find('StepStarted').step).toBe('sign');
  });

  it('names a step that is being decided', () => {
    expect(running.refusal(override('approve', { step: 'nowhere' }))).toMatchObject({
      code: 'validation-failed',
      details: { errors: [{ pointer: '/step' }] },
    });
    expect(running.refusal(override('approve', { step: 'sign' })).code).toBe('invalid-state');
    const later = running.and(override('approve'));
    expect(later.refusal(override('approve', { step: 'check' })).code).toBe('step-resolved');
  });

  it('takes a permission, a reason, and a review that waits for its approvers', () => {
    expect(running.refusal(override('approve', { by: 'mia', may: { override: false } }))).toMatchObject({
      code: 'forbidden',
      details: { requiredPermission: 'review:override' },
    });
    expect(running.refusal(override('approve', { reason: '' })).code).toBe('reason-required');
    for (const waiting of [hold(), requestChanges('ann'), requestInfo('ann')])
      expect(running.and(waiting).refusal(override('approve')).code).toBe('invalid-state');
    expect(running.and(reject('ann')).refusal(override('approve')).code).toBe('step-resolved');
  });

  it('is not stopped by change items that are still open', () => {
    const assignees = [officer({ seats: 2 }), user('mia')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 3 } }))), requestChanges('ann'));
    expect(story.and(resubmit(dearer), override('approve')).review.status).toBe('approved');
  });
});
