import {
  abstain,
  approve,
  definition,
  directory,
  loan,
  manager,
  officer,
  reject,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  user,
  withdraw,
} from '../review.examples.js';

const two = definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()] }));

describe('Decide', () => {
  it('waits for the second approval when two are needed', () => {
    const story = Story.of(start(two), approve('ann'));
    expect(story.types).toEqual(['DecisionRecorded']);
  });

  it('completes the step and starts the next one in the same append', () => {
    const story = Story.of(start(two), approve('ann'), approve('bob', { time: '11:00' }));
    expect(story.types).toEqual(['DecisionRecorded', 'StepCompleted', 'StepStarted']);
    expect(story.find('StepCompleted')).toMatchObject({
      proof: { state: 'satisfied', have: 2, need: 2 },
      consumedMs: 7_200_000,
    });
  });

  it('tells at once when the next step has nobody to decide on it', () => {
    const next = definition(step('check'), step('sign', { assignees: [user('olly')] }));
    expect(Story.of(start(next), approve('ann')).types).toEqual([
      'DecisionRecorded',
      'StepCompleted',
      'StepStarted',
      'StepBlocked',
    ]);
  });

  it('approves the review with the last approval of the last step', () => {
    const story = Story.of(start(two), approve('ann'), approve('bob'), approve('mia'));
    expect(story.types).toEqual(['DecisionRecorded', 'StepCompleted', 'ReviewApproved']);
    expect(story.find('ReviewApproved').contentHash).toBe(JSON.stringify(loan));
  });

  it('rejects the review with the first rejection', () => {
    const story = Story.of(start(two), approve('ann'), reject('bob'));
    expect(story.types).toEqual(['DecisionRecorded', 'StepRejected', 'ReviewRejected']);
    expect(story.find('StepRejected').reason).toBe('rejection');
  });

  it('lets rejections only count where the step collects them', () => {
    const collect = definition(
      step('check', { onReject: 'collect', assignees: [manager({ seats: 3 })], rule: { count: 2 } }),
    );
    const story = Story.of(start(collect), reject('mia'));
    expect(story.types).toEqual(['DecisionRecorded']);
    expect(story.and(approve('max'), approve('mel')).review.status).toBe('approved');
    const lost = story.and(reject('max'));
    expect(lost.types).toEqual(['DecisionRecorded', 'StepRejected', 'ReviewRejected']);
    expect(lost.find('StepRejected').reason).toBe('unreachable');
  });

  it('rejects at once on a veto, whatever the rule collects', () => {
    const assignees = [manager({ seats: 2 }), user('ada', { veto: true })];
    const story = Story.of(start(definition(step('check', { onReject: 'collect', assignees }))), reject('ada'));
    expect(story.review.status).toBe('rejected');
  });

  it('blocks when nobody said no, and yet too few can still say yes', () => {
    const story = Story.of(start(two), abstain('ann'));
    expect(story.types).toEqual(['DecisionRecorded', 'StepBlocked']);
    expect(story.find('StepBlocked')).toMatchObject({ code: 'UNSATISFIABLE', need: 2, have: 1 });
  });

  it('needs everybody under the rule all, abstentions out of the count', () => {
    const everybody = definition(
      step('check', { assignees: [user('mia'), user('max'), user('mel')], rule: { all: true } }),
    );
    const story = Story.of(start(everybody), approve('mia'), abstain('max'));
    expect(story.review.status).toBe('in_review');
    expect(story.and(approve('mel')).review.status).toBe('approved');
  });

  it('is content with anybody under the rule any', () => {
    const anybody = definition(step('check', { assignees: [user('mia'), user('max')], rule: { any: true } }));
    expect(Story.of(start(anybody), approve('max')).review.status).toBe('approved');
  });

  it('holds out for the minimum of each assignee besides the rule', () => {
    const assignees = [officer({ minApprovals: 1 }), manager({ minApprovals: 1 })];
    const both = definition(step('check', { assignees, rule: { count: 2 } }));
    const story = Story.of(start(both), approve('ann'), approve('bob'));
    expect(story.types).toEqual(['DecisionRecorded']);
    expect(story.and(approve('mia')).review.status).toBe('approved');
  });

  it('takes the assignment for the person before the one for the role', () => {
    const assignees = [officer(), user('ann')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))), approve('ann'));
    const { assignments } = story.find('StepStarted');
    const filled = assignments.find(({ assignmentId }) => assignmentId === story.find('DecisionRecorded').assignmentId);
    expect(filled).toMatchObject({ kind: 'USER', ref: 'ann' });
  });

  it('takes the assignment that nobody else could fill, where a person fits several', () => {
    const assignees = [officer({ minApprovals: 1 }), manager({ minApprovals: 1 })];
    const both = definition(step('check', { assignees, rule: { count: 2 } }));
    const people = directory(
      { userId: 'mia', roles: ['officer', 'manager'], active: true },
      { userId: 'max', roles: [], active: true },
      { userId: 'mel', roles: [], active: true },
    );
    const story = Story.of(start(both, { directory: people }), approve('mia', { directory: people }));
    expect(story.types).toEqual(['DecisionRecorded']);
    expect(story.and(approve('ann', { directory: people })).review.status).toBe('approved');
  });

  it('takes the assignment that is named', () => {
    const workflow = definition(step('check', { assignees: [officer(), user('ann')], rule: { count: 2 } }));
    const begun = Story.of(start(workflow));
    const role = begun.find('StepStarted').assignments.find(({ kind }) => kind === 'ROLE')?.assignmentId ?? '';
    const story = begun.and(approve('ann', { assignmentId: role }));
    expect(story.find('DecisionRecorded').assignmentId).toBe(role);
  });

  it('freezes the roles held and the directory it was judged by', () => {
    const story = Story.of(start(two), approve('ann'));
    expect(story.find('DecisionRecorded').evidence).toEqual({
      rolesAtDecision: ['officer'],
      directoryRevision: 'r0',
      delegationRevision: null,
    });
  });

  it('refuses the submitter, even when assigned', () => {
    expect(Story.of(start(two)).refusal(approve('olly')).code).toBe('four-eyes');
    const self = definition(step('check', { assignees: [user('olly'), user('ann')] }));
    expect(Story.of(start(self)).refusal(approve('olly')).code).toBe('four-eyes');
  });

  it('refuses the submitter where the next step is not even his', () => {
    const story = Story.of(start(two), approve('ann'), approve('bob'));
    expect(story.refusal(approve('olly')).code).toBe('four-eyes');
  });

  it('refuses whoever acts in the name of the submitter, or on a path through him', () => {
    const story = Story.of(start(two));
    expect(story.refusal(approve('mia', { onBehalfOf: 'olly' })).code).toBe('four-eyes');
    expect(story.refusal(approve('mia', { onBehalfOf: 'ann', path: ['ann', 'olly'] })).code).toBe('four-eyes');
  });

  it('refuses whoever acts for another without a delegation', () => {
    expect(Story.of(start(two)).refusal(approve('mia')).code).toBe('not-eligible');
  });

  it('lets the submitter decide only where the workflow says so', () => {
    const relaxed = { ...two, fourEyes: { submitter: true, editors: true, allowSelf: true } };
    expect(Story.of(start(relaxed), approve('olly')).types).toEqual(['DecisionRecorded']);
  });

  it('refuses anyone no assignment asks for, and says whom it asks', () => {
    const refusal = Story.of(start(two)).refusal(approve('vic'));
    expect(refusal).toMatchObject({ code: 'not-eligible', details: { whoCan: ['role:officer'] } });
  });

  it('refuses a person who is not active', () => {
    const people = directory({ userId: 'ann', roles: ['officer'], active: false });
    expect(Story.of(start(two)).refusal(approve('ann', { directory: people })).code).toBe('not-eligible');
  });

  it('refuses a decision on another revision than the current one', () => {
    const story = Story.of(start(two), resubmit({ ...loan, amountMinor: '1' }));
    expect(story.refusal(approve('ann'))).toMatchObject({
      code: 'stale-review',
      details: { currentRevision: 2, diffUrl: '/api/v1/reviews/rev_1/diff?from=1&to=2' },
    });
  });

  it('refuses decisions while changes are awaited', () => {
    expect(Story.of(start(two), requestChanges('ann')).refusal(approve('bob')).code).toBe('invalid-state');
  });

  it('answers after the end with the outcome', () => {
    const rejected = Story.of(start(two), reject('ann')).refusal(approve('bob'));
    expect(rejected).toMatchObject({ code: 'step-resolved', details: { outcome: 'rejected' } });
    expect(Story.of(start(two), withdraw()).refusal(approve('bob')).details).toMatchObject({ outcome: 'withdrawn' });
  });

  it('refuses a seat that somebody else has filled', () => {
    const assignees = [officer({ seats: 1 }), manager()];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))), approve('ann'));
    expect(story.refusal(approve('bob'))).toMatchObject({
      code: 'assignment-filled',
      details: { by: 'ann', onBehalfOf: null },
    });
  });

  it('refuses an assignment that this review does not have', () => {
    expect(Story.of(start(two)).refusal(approve('ann', { assignmentId: 'asg_x' })).code).toBe('validation-failed');
  });

  it('keeps people of earlier steps out where one review wants different ones', () => {
    const steps = [step('check'), step('again', { distinct: 'review' })];
    const story = Story.of(start(definition(...steps)), approve('ann'));
    expect(story.refusal(approve('ann', { time: '11:00' })).code).toBe('four-eyes');
    expect(story.and(approve('bob')).review.status).toBe('approved');
  });

  it('lets one person decide on two steps otherwise', () => {
    const story = Story.of(start(definition(step('check'), step('again'))), approve('ann'), approve('ann'));
    expect(story.review.status).toBe('approved');
  });

  describe('order of refusals', () => {
    const story = Story.of(start(two), resubmit({ ...loan, purpose: 'A bus' }));

    it('answers a stale revision before four eyes', () =>
      expect(story.refusal(approve('olly')).code).toBe('stale-review'));
    it('answers the outcome before a stale revision', () =>
      expect(story.and(withdraw()).refusal(approve('olly')).code).toBe('step-resolved'));
    it('answers the status before a stale revision', () =>
      expect(story.and(requestChanges('ann', { revision: 2 })).refusal(approve('bob')).code).toBe('invalid-state'));
    it('answers four eyes before a step that is blocked, and that before eligibility', () => {
      const blocked = Story.of(start(definition(step('check', { rule: { count: 3 } }))));
      expect(blocked.refusal(approve('olly')).code).toBe('four-eyes');
      expect(blocked.refusal(approve('ann')).code).toBe('invalid-state');
      expect(blocked.refusal(approve('vic')).code).toBe('invalid-state');
    });
  });

  it('unblocks the step when enough people have come to exist', () => {
    const blocked = Story.of(start(definition(step('check', { rule: { count: 3 } }))));
    const more = directory({ userId: 'cat', roles: ['officer'], active: true });
    const story = blocked.and(approve('ann', { directory: more }));
    expect(story.types).toEqual(['StepUnblocked', 'DecisionRecorded']);
  });
});
