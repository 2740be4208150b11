import {
  approve,
  claim,
  definition,
  directory,
  expireClaim,
  loan,
  manager,
  officer,
  reject,
  release,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  takeOver,
  user,
  withdraw,
} from '../review.examples.js';
import { eligibility } from '../views/eligibility.js';
import { reviewDetail } from '../views/review-detail.js';

const one = definition(step('check'));
const two = definition(step('check', { rule: { count: 2 } }), step('sign', { assignees: [manager()] }));
const seatOf = (story: Story, which = 0) => story.find('StepStarted').assignments[which]?.assignmentId ?? '';
const told = (workflow = one) => {
  const story = Story.of(start(workflow));
  return { story, seat: seatOf(story) };
};
const claimId = (story: Story) => story.find('AssignmentClaimed').claimId;

describe('ClaimAssignment', () => {
  it('keeps an assignment for a role for one working day', () => {
    const { story, seat } = told();
    const claimed = story.and(claim('ann', seat, { time: '10:00' }));
    expect(claimed.types).toEqual(['AssignmentClaimed']);
    expect(claimed.find('AssignmentClaimed')).toMatchObject({
      assignmentId: seat,
      claimedBy: 'ann',
      until: '2026-11-22T18:00:00.000Z',
    });
    expect(reviewDetail(claimed.started, 0n).steps[0]?.assignments).toMatchObject([
      { state: 'claimed', claimedBy: 'ann' },
    ]);
  });

  it('lasts as long as the step says', () => {
    const { story, seat } = told(definition(step('check', { claimLease: { value: 2, unit: 'WALL_HOUR' } })));
    expect(story.and(claim('ann', seat)).find('AssignmentClaimed').until).toBe('2026-11-22T12:00:00.000Z');
  });

  it('counts open hours where the step has a calendar', () => {
    const claimed = (over: Parameters<typeof step>[1]) => {
      const { story, seat } = told(definition(step('check', over)));
      return story.and(claim('ann', seat, { time: '2026-11-23T15:00:00.000Z' })).find('AssignmentClaimed').until;
    };
    // A Monday; offices are open from nine to five.
    expect(claimed({ claimLease: { value: 4, unit: 'BUSINESS_HOUR' } })).toBe('2026-11-24T11:00:00.000Z');
    expect(claimed({ calendar: 'office' })).toBe('2026-11-24T15:00:00.000Z');
    expect(claimed({ calendar: 'office', claimLease: { value: 4, unit: 'WALL_HOUR' } })).toBe(
      '2026-11-23T19:00:00.000Z',
    );
  });

  it('has one winner; twice is once', () => {
    const { story, seat } = told();
    const claimed = story.and(claim('ann', seat));
    expect(claimed.refusal(claim('bob', seat))).toMatchObject({
      code: 'assignment-filled',
      details: { by: 'ann', claimedUntil: '2026-11-22T18:00:00.000Z' },
    });
    expect(claimed.and(claim('ann', seat)).last).toEqual([]);
  });

  it('is not needed to decide: the decision takes the first free assignment', () => {
    const story = Story.of(start(two));
    const [first, second] = [seatOf(story, 0), seatOf(story, 1)];
    const decided = story.and(claim('ann', first), approve('bob'));
    expect(decided.find('DecisionRecorded').assignmentId).toBe(second);
    expect(decided.and(approve('ann')).find('DecisionRecorded').assignmentId).toBe(first);
  });

  it('leaves nothing to others when every assignment is claimed', () => {
    const { story, seat } = told();
    const claimed = story.and(claim('ann', seat));
    expect(claimed.refusal(approve('bob'))).toMatchObject({ code: 'assignment-filled', details: { by: 'ann' } });
    expect(eligibility(claimed.started, directory()).people).toContainEqual({
      userId: 'bob',
      may: false,
      via: null,
      reason: 'assignment-filled',
    });
    expect(claimed.and(approve('ann')).review.status).toBe('approved');
  });

  it('does not keep others from asking for changes', () => {
    const { story, seat } = told();
    expect(story.and(claim('ann', seat), requestChanges('bob')).types).toContain('ChangesRequested');
  });

  it('one person claims one assignment of a step: the other is let go', () => {
    const story = Story.of(start(two));
    const moved = story.and(claim('ann', seatOf(story, 0)), claim('ann', seatOf(story, 1)));
    expect(moved.types).toEqual(['AssignmentReleased', 'AssignmentClaimed']);
    expect(moved.find('AssignmentReleased')).toMatchObject({ how: 'unneeded', heldBy: 'ann' });
  });

  it('is over when its holder decides elsewhere on the step', () => {
    const assignees = [user('ann'), officer()];
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } }))));
    const [own, role] = [seatOf(story, 0), seatOf(story, 1)];
    const decided = story.and(claim('ann', role), approve('ann', { assignmentId: own }));
    expect(decided.types).toEqual(['DecisionRecorded', 'AssignmentReleased']);
    expect(decided.and(approve('bob')).review.status).toBe('approved');
  });

  it('is refused to the submitter, to those without the role, to those who decided, and for what is somebody’s by name', () => {
    const { story, seat } = told(two);
    expect(story.refusal(claim('olly', seat)).code).toBe('four-eyes');
    expect(story.refusal(claim('mia', seat)).code).toBe('not-eligible');
    expect(story.refusal(claim('ann', 'asg_none')).code).toBe('validation-failed');
    const decided = story.and(approve('ann'));
    expect(decided.refusal(claim('ann', seatOf(story, 1))).code).toBe('person-already-counted');
    expect(decided.refusal(claim('bob', seat)).code).toBe('assignment-filled');
    const named = Story.of(start(definition(step('check', { assignees: [user('ann')] }))));
    expect(named.refusal(claim('ann', seatOf(named))).code).toBe('invalid-state');
  });

  it('is refused when nothing can be decided', () => {
    const { story, seat } = told();
    expect(story.and(requestChanges('ann')).refusal(claim('bob', seat)).code).toBe('invalid-state');
    expect(story.and(approve('ann')).refusal(claim('bob', seat)).code).toBe('step-resolved');
    expect(story.and(withdraw()).refusal(claim('bob', seat)).code).toBe('step-resolved');
    const satisfied = Story.of(start(two), approve('ann'), approve('bob'));
    expect(
      satisfied.refusal(claim('ann', satisfied.started.executions[0]?.assignments[0]?.assignmentId ?? '')),
    ).toMatchObject({
      code: 'step-resolved',
      details: { step: 'check' },
    });
  });

  it('blocks no step: people are there, somebody only looks first', () => {
    const assignees = [officer({ minApprovals: 1 }), manager({ minApprovals: 1 })];
    const both = directory({ userId: 'mia', roles: ['officer', 'manager'], active: true });
    const story = Story.of(start(definition(step('check', { assignees, rule: { count: 2 } })), { directory: both }));
    expect(story.and(claim('mia', seatOf(story, 0), { directory: both })).types).toEqual(['AssignmentClaimed']);
  });

  it('ends with the round', () => {
    const { story, seat } = told(two);
    const revised = story.and(claim('ann', seat), resubmit({ ...loan, amountMinor: '1' }));
    const [check] = reviewDetail(revised.started, 0n).steps;
    expect(check?.assignments.map(({ claimedBy }) => claimedBy)).toEqual([null, null]);
    expect(revised.and(expireClaim(seat, revised.find('AssignmentClaimed').claimId)).last).toEqual([]);
  });
});

describe('ReleaseAssignment', () => {
  it('leaves the assignment to the others; twice is once', () => {
    const { story, seat } = told();
    const released = story.and(claim('ann', seat), release('ann', seat));
    expect(released.find('AssignmentReleased')).toMatchObject({ how: 'released', heldBy: 'ann', releasedBy: 'ann' });
    expect(released.and(release('ann', seat)).last).toEqual([]);
    expect(released.and(approve('bob')).review.status).toBe('approved');
  });

  it('is for the holder of the claim', () => {
    const { story, seat } = told();
    expect(story.and(claim('ann', seat)).refusal(release('bob', seat))).toMatchObject({
      code: 'not-eligible',
      details: { whoCan: ['user:ann'] },
    });
  });
});

describe('ExpireClaim', () => {
  it('frees the assignment when the lease is over', () => {
    const { story, seat } = told();
    const claimed = story.and(claim('ann', seat));
    const over = claimed.and(expireClaim(seat, claimId(claimed), { time: '18:00' }));
    expect(over.find('AssignmentReleased')).toMatchObject({ how: 'expired', releasedBy: 'system:timer' });
    expect(over.and(approve('bob')).review.status).toBe('approved');
  });

  it('does nothing to another claim, to a filled assignment, or after the end', () => {
    const { story, seat } = told(two);
    const claimed = story.and(claim('ann', seat));
    const other = claimed.and(release('ann', seat), claim('bob', seat));
    expect(other.and(expireClaim(seat, claimId(claimed))).last).toEqual([]);
    expect(claimed.and(approve('ann'), expireClaim(seat, claimId(claimed))).last).toEqual([]);
    expect(claimed.and(reject('ann'), expireClaim(seat, claimId(claimed))).last).toEqual([]);
  });
});

describe('TakeOver', () => {
  it('takes the claim of another, with a reason', () => {
    const { story, seat } = told();
    const taken = story.and(claim('ann', seat), takeOver('bob', seat, { reason: 'Ann is ill' }));
    expect(taken.types).toEqual(['AssignmentReleased', 'AssignmentClaimed']);
    expect(taken.find('AssignmentReleased')).toMatchObject({ how: 'taken-over', heldBy: 'ann', reason: 'Ann is ill' });
    expect(taken.find('AssignmentClaimed').claimedBy).toBe('bob');
    expect(taken.refusal(approve('ann')).code).toBe('assignment-filled');
    expect(taken.and(takeOver('bob', seat)).last).toEqual([]);
  });

  it('takes what nobody has claimed, and moves what is another’s by name', () => {
    const { story, seat } = told();
    expect(story.and(takeOver('bob', seat)).types).toEqual(['AssignmentClaimed']);
    const named = Story.of(start(definition(step('check', { assignees: [user('ann')] }))));
    const moved = named.and(takeOver('mia', seatOf(named)));
    expect(moved.find('AssignmentTransferred').successor).toMatchObject({ kind: 'USER', ref: 'mia', origin: 'adhoc' });
    expect(moved.refusal(approve('ann')).code).toBe('assignment-transferred');
    expect(moved.and(approve('mia')).review.status).toBe('approved');
  });

  it('takes a permission and a reason, and keeps every rule of claiming', () => {
    const { story, seat } = told();
    const claimed = story.and(claim('ann', seat));
    expect(claimed.refusal(takeOver('bob', seat, { may: { reassign: false } }))).toMatchObject({
      code: 'forbidden',
      details: { requiredPermission: 'review:reassign' },
    });
    expect(claimed.refusal(takeOver('bob', seat, { reason: '' })).code).toBe('reason-required');
    expect(claimed.refusal(takeOver('olly', seat)).code).toBe('four-eyes');
    expect(claimed.refusal(takeOver('mia', seat)).code).toBe('not-eligible');
  });
});
