import {
  addApprover,
  approve,
  claim,
  definition,
  directory,
  escalate,
  loan,
  manager,
  officer,
  reassign,
  recuse,
  reject,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  user,
  withdraw,
} from '../review.examples.js';

const seatOf = (story: Story, which = 0) => story.find('StepStarted').assignments[which]?.assignmentId ?? '';
const promoted = directory({ userId: 'vic', roles: ['officer'], active: true });

describe('Somebody whose roles let decide on nothing', () => {
  const people = directory({ userId: 'vic', roles: ['viewer'], active: true, managerId: 'mia', mayDecide: false });
  const how = { directory: people };

  it('is given no assignment: not in another’s place, not in addition, not by escalation', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('ann')] })), how));
    const { assignmentId } = story.find('StepStarted').assignments[0]!;
    expect(story.refusal(reassign('mia', assignmentId, 'vic', how)).code).toBe('not-eligible');
    expect(story.refusal(addApprover('mia', { user: 'vic' }, how)).code).toBe('not-eligible');
    expect(story.refusal(addApprover('mia', { role: 'viewer' }, how)).code).toBe('not-eligible');
    const to = { user: 'vic' };
    expect(story.refusal(escalate('mia', { to, ...how, may: { reassign: true } })).code).toBe('not-eligible');
  });

  it('leaves a step that names nobody else blocked, and visible as such', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('vic')] })), how));
    expect(story.find('StepBlocked')).toMatchObject({ who: ['user:vic'], fallback: ['user:mia', 'role:admin'] });
    expect(story.refusal(approve('vic', how)).code).toBe('invalid-state');
  });
});

describe('Who chooses who decides', () => {
  const editor = { by: 'mia', onBehalfOf: 'olly' };
  const conflicts = { submitter: true, editors: true, conflicts: ['max'] };
  const begun = () =>
    Story.of(start({ ...definition(step('check', { assignees: [officer()] })), fourEyes: conflicts }));

  it.each([
    ['the submitter', 'olly', () => begun()],
    ['the editor of the revision', 'mia', () => begun().and(resubmit({ ...loan, term: 12 }, editor))],
    ['somebody in conflict', 'max', () => begun()],
  ])('is not %s, with whatever permission', (_, by, made) => {
    const story = made();
    const { assignmentId } = story.find('StepStarted').assignments[0]!;
    expect(story.refusal(reassign(by, assignmentId, 'bob')).code).toBe('four-eyes');
    expect(story.refusal(addApprover(by, { user: 'bob' })).code).toBe('four-eyes');
    expect(story.refusal(addApprover(by, { role: 'manager' })).code).toBe('four-eyes');
    expect(story.and(reassign('mel', assignmentId, 'bob')).types).toContain('AssignmentTransferred');
    expect(story.and(addApprover('mel', { user: 'bob' })).types).toContain('AssignmentAdded');
  });

  it('is not whoever has stepped back, but may be whoever decided another step', () => {
    const two = definition(step('check', { assignees: [officer()] }), step('sign', { distinct: 'review' }));
    const story = Story.of(start(two));
    const { assignmentId } = story.find('StepStarted').assignments[0]!;
    const away = story.and(recuse('ann', assignmentId));
    expect(away.refusal(reassign('ann', assignmentId, 'bob')).code).toBe('four-eyes');
    const signing = story.and(approve('ann'));
    const next = signing.find('StepStarted').assignments[0]!;
    expect(signing.and(reassign('ann', next.assignmentId, 'bob')).types).toContain('AssignmentTransferred');
  });
});

describe('Reassign', () => {
  it('moves an assignment with everything it stands for, and with its clock', () => {
    const assignees = [user('ann', { group: 'credit', weight: 3, veto: true, scope: ['/purpose'], minApprovals: 1 })];
    const story = Story.of(start(definition(step('check', { assignees, sla: { value: 8, unit: 'WALL_HOUR' } }))));
    const before = story.started.executions[0]?.clock;
    const moved = story.and(reassign('ada', seatOf(story), 'mia', { reason: 'Ann is abroad', time: '12:00' }));
    expect(moved.types).toEqual(['AssignmentTransferred']);
    expect(moved.find('AssignmentTransferred')).toMatchObject({
      assignmentId: seatOf(story),
      transferredBy: 'ada',
      reason: 'Ann is abroad',
      successor: {
        kind: 'USER',
        ref: 'mia',
        group: 'credit',
        weight: 3,
        veto: true,
        scope: ['/purpose'],
        assignee: 0,
        origin: 'adhoc',
      },
    });
    expect(moved.started.executions[0]?.clock).toEqual(before);
    expect(moved.and(approve('mia')).review.status).toBe('approved');
  });

  it('unanimous step with a transferred assignment: the new holder’s approval fills it', () => {
    const assignees = [user('ann'), user('bob')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { all: true } }))));
    const moved = story.and(reassign('ada', seatOf(story), 'mia'), approve('bob'));
    expect(moved.review.status).toBe('in_review');
    expect(moved.refusal(approve('ann')).code).toBe('assignment-transferred');
    expect(moved.and(approve('mia')).review.status).toBe('approved');
  });

  it('takes the permission, and a reason', () => {
    const story = Story.of(start(definition(step('check'))));
    expect(story.refusal(reassign('ann', seatOf(story), 'bob', { may: { reassign: false } }))).toMatchObject({
      code: 'forbidden',
      details: { requiredPermission: 'review:reassign' },
    });
    expect(story.refusal(reassign('ada', seatOf(story), 'bob', { reason: ' ' })).code).toBe('reason-required');
  });

  it('refuses whoever has a part in the subject, has stepped back, or decided where people have to differ', () => {
    const assignees = [user('ann'), officer({ seats: 1 }), user('mia')];
    const story = Story.of(
      start(definition(step('check', { assignees, rule: { count: 2 } }), step('sign', { distinct: 'review' }))),
    );
    expect(story.refusal(reassign('ada', seatOf(story), 'olly')).code).toBe('four-eyes');
    const away = story.and(recuse('bob', seatOf(story, 1)));
    expect(away.refusal(reassign('ada', seatOf(story), 'bob')).code).toBe('four-eyes');
    const signing = story.and(approve('ann'), approve('mia'));
    expect(signing.refusal(reassign('ada', seatOf(signing), 'ann')).code).toBe('four-eyes');
  });

  it('refuses whoever is unknown, inactive or without the role', () => {
    const story = Story.of(
      start(definition(step('check', { assignees: [officer(), user('mia')], rule: { count: 2 } }))),
    );
    expect(story.refusal(reassign('ada', seatOf(story), 'mel'))).toMatchObject({
      code: 'not-eligible',
      details: { whoCan: ['role:officer'] },
    });
    expect(story.refusal(reassign('ada', seatOf(story), 'nobody')).code).toBe('not-eligible');
    const gone = directory({ userId: 'mel', roles: ['manager'], active: false });
    expect(story.refusal(reassign('ada', seatOf(story, 1), 'mel', { directory: gone })).code).toBe('not-eligible');
  });

  it('refuses whoever has decided on this step, or is asked on it by name', () => {
    const assignees = [user('ann'), user('bob'), user('mia')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 3 } }))), approve('bob'));
    expect(story.refusal(reassign('ada', seatOf(story), 'bob'))).toMatchObject({
      code: 'person-already-counted',
      details: { verdict: 'approve' },
    });
    expect(story.refusal(reassign('ada', seatOf(story), 'mia')).code).toBe('invalid-state');
  });

  it('refuses what is filled, moved or resolved', () => {
    const assignees = [user('ann'), user('bob')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))), approve('ann'));
    expect(story.refusal(reassign('ada', seatOf(story), 'mia'))).toMatchObject({
      code: 'assignment-filled',
      details: { by: 'ann' },
    });
    const moved = story.and(reassign('ada', seatOf(story, 1), 'mia'));
    expect(moved.refusal(reassign('ada', seatOf(story, 1), 'max')).code).toBe('assignment-transferred');
    expect(story.and(reject('bob')).refusal(reassign('ada', seatOf(story, 1), 'mia')).code).toBe('step-resolved');
    expect(story.and(withdraw()).refusal(reassign('ada', seatOf(story, 1), 'mia')).code).toBe('step-resolved');
    expect(story.refusal(reassign('ada', 'asg_none', 'mia')).code).toBe('validation-failed');
  });

  it('to whom it belongs is nothing', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('ann')] }))));
    expect(story.and(reassign('ada', seatOf(story), 'ann')).last).toEqual([]);
  });

  it('works while the review waits for its submitter, and survives the next round', () => {
    const story = Story.of(
      start(definition(step('check', { assignees: [user('ann'), user('bob')] }))),
      requestChanges('bob'),
    );
    const moved = story.and(reassign('ada', seatOf(story), 'mia'));
    expect(moved.types).toEqual(['AssignmentTransferred']);
    const next = moved.and(resubmit({ ...loan, amountMinor: '1' }));
    expect(next.find('StepStarted').assignments.map(({ ref }) => ref)).toEqual(['bob', 'mia']);
  });

  describe('of an assignment for a role', () => {
    const two = definition(step('check', { rule: { count: 2 } }));

    it('ends the claim on it, and the new holder has to hold the role when deciding', () => {
      const story = Story.of(start(two));
      const moved = story.and(
        claim('ann', seatOf(story)),
        reassign('ada', seatOf(story), 'vic', { directory: promoted }),
      );
      expect(moved.types).toEqual(['AssignmentReleased', 'AssignmentTransferred']);
      expect(moved.find('AssignmentReleased').how).toBe('reassigned');
      expect(moved.find('AssignmentTransferred').successor).toMatchObject({
        kind: 'USER',
        ref: 'vic',
        role: 'officer',
      });
      expect(moved.refusal(approve('vic')).code).toBe('not-eligible');
      expect(moved.and(approve('vic', { directory: promoted })).types).toEqual(['DecisionRecorded']);
    });

    it('to somebody who has claimed another lets that go', () => {
      const story = Story.of(start(two));
      const moved = story.and(claim('ann', seatOf(story, 1)), reassign('ada', seatOf(story), 'ann'));
      expect(moved.types).toEqual(['AssignmentReleased', 'AssignmentTransferred']);
      expect(moved.and(approve('ann')).find('DecisionRecorded').assignmentId).toBe(
        moved.find('AssignmentTransferred').successor.assignmentId,
      );
    });
  });
});

describe('AddApprover', () => {
  it('makes one more agree where all have to', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('ann')], rule: { all: true } }))));
    const added = story.and(addApprover('ada', { user: 'mia' }, { reason: 'A large one' }));
    expect(added.find('AssignmentAdded')).toMatchObject({
      addedBy: 'ada',
      reason: 'A large one',
      assignment: { kind: 'USER', ref: 'mia', origin: 'adhoc', weight: 1, veto: false, assignee: null },
    });
    expect(added.and(approve('ann')).review.status).toBe('in_review');
    expect(added.and(approve('ann'), approve('mia')).review.status).toBe('approved');
  });

  it('leaves a number as it is', () => {
    const story = Story.of(
      start(definition(step('check', { rule: { count: 2 } }))),
      addApprover('ada', { role: 'manager' }),
    );
    expect(story.and(approve('ann')).review.status).toBe('in_review');
    expect(story.and(approve('ann'), approve('mia')).review.status).toBe('approved');
  });

  it('takes the permission, a reason and a step that runs', () => {
    const workflow = definition(step('check'), step('sign', { assignees: [manager()] }));
    const story = Story.of(start(workflow));
    const to = { user: 'mia' };
    expect(story.refusal(addApprover('ann', to, { may: { reassign: false } })).code).toBe('forbidden');
    expect(story.refusal(addApprover('ada', to, { reason: '' })).code).toBe('reason-required');
    expect(story.refusal(addApprover('ada', to, { step: 'nowhere' })).code).toBe('validation-failed');
    expect(story.refusal(addApprover('ada', to, { step: 'sign' })).code).toBe('invalid-state');
    expect(story.and(approve('ann')).refusal(addApprover('ada', to, { step: 'check' }))).toMatchObject({
      code: 'step-resolved',
      details: { step: 'check' },
    });
    expect(story.and(withdraw()).refusal(addApprover('ada', to)).code).toBe('step-resolved');
  });

  it('refuses whom four eyes keep out, who decided, who is not there; who is asked already is asked', () => {
    const assignees = [user('ann'), user('bob')];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))), approve('ann'));
    expect(story.refusal(addApprover('ada', { user: 'olly' })).code).toBe('four-eyes');
    expect(story.refusal(addApprover('ada', { user: 'ann' })).code).toBe('person-already-counted');
    expect(story.refusal(addApprover('ada', { user: 'nobody' })).code).toBe('not-eligible');
    expect(story.refusal(addApprover('ada', { role: 'nobody' })).code).toBe('not-eligible');
    expect(story.and(addApprover('ada', { user: 'bob' })).last).toEqual([]);
  });

  it('asks no more people than there are', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('mia')], rule: { all: true } }))));
    const two = story.and(addApprover('ada', { role: 'officer' }), addApprover('ada', { role: 'officer' }));
    expect(two.refusal(addApprover('ada', { role: 'officer' })).code).toBe('not-eligible');
  });

  it('opens a blocked step for whom it is given to', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('olly')] }))));
    expect(story.types).toContain('StepBlocked');
    const routed = story.and(addApprover('ada', { user: 'mia' }));
    expect(routed.types).toEqual(['AssignmentAdded', 'StepUnblocked']);
    expect(routed.find('AssignmentAdded').assignment.origin).toBe('fallback');
    expect(routed.and(approve('mia')).review.status).toBe('approved');
  });

  it('lifts the block of rounds that are used up', () => {
    const story = Story.of(
      start(
        definition(
          step('check', { assignees: [officer(), manager()], maxRounds: 1, onMaxRounds: 'escalate' as const }),
        ),
      ),
      requestChanges('ann'),
    );
    expect(story.types).toContain('StepBlocked');
    const lifted = story.and(addApprover('ada', { user: 'ada' }));
    expect(lifted.types).toEqual(['AssignmentAdded', 'StepUnblocked']);
    expect(lifted.and(approve('ada')).types).toEqual(['DecisionRecorded']);
  });
});
