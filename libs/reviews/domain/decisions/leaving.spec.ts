import type { Person } from '../directory.js';
import {
  addApprover,
  approve,
  claim,
  definition,
  directory,
  loan,
  manager,
  officer,
  reassign,
  recuse,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  user,
  vacateSeats,
  withdraw,
} from '../review.examples.js';
import { reviewDetail } from '../views/review-detail.js';

const seatOf = (story: Story, which = 0) => story.find('StepStarted').assignments[which]?.assignmentId ?? '';
const without = (...gone: readonly string[]) =>
  directory(...gone.map((userId): Person => ({ ...(directory().person(userId) as Person), active: false })));
const demoted = (userId: string) => directory({ ...(directory().person(userId) as Person), roles: ['viewer'] });
const both = definition(step('check', { assignees: [user('ann'), user('bob')], rule: { count: 2 } }));

describe('A seat of a role that was given to a person', () => {
  const one = definition(step('check', { assignees: [officer({ seats: 1 })] }));
  const begun = Story.of(start(one));
  const bobs = begun.and(reassign('mia', seatOf(begun), 'bob'));
  const successor = (story: Story) => story.find('AssignmentAdded').assignment;
  const given = (story: Story) => story.find('AssignmentTransferred').successor.assignmentId;

  it('is the role’s again when that person steps back or leaves', () => {
    const away = bobs.and(recuse('bob', given(bobs)));
    expect(successor(away)).toMatchObject({ kind: 'ROLE', ref: 'officer', origin: 'fallback' });
    expect(away.refusal(approve('max')).code).toBe('not-eligible');
    expect(away.and(approve('ann')).review.status).toBe('approved');
    const left = bobs.and(vacateSeats('bob', { directory: without('bob') }));
    expect(successor(left)).toMatchObject({ kind: 'ROLE', ref: 'officer' });
  });

  it('is the manager’s only as one of that role', () => {
    const people = directory({ userId: 'max', roles: ['manager', 'officer'], active: true });
    const away = bobs.and(recuse('bob', given(bobs), { directory: people }));
    expect(successor(away)).toMatchObject({ kind: 'USER', ref: 'max', role: 'officer' });
    expect(away.refusal(approve('max')).code).toBe('not-eligible');
    expect(away.and(approve('max', { directory: people })).review.status).toBe('approved');
  });

  it('blocks the step when nobody holds the role any more, and is nobody else’s by itself', () => {
    const nobody = { directory: without('ann', 'bob') };
    const left = bobs.and(vacateSeats('bob', nobody));
    expect(left.types).toContain('StepBlocked');
    expect(left.refusal(approve('ada', nobody)).code).toBe('invalid-state');
  });
});

describe('Recuse', () => {
  it('gives what was one’s own to the manager, who counts in the same place', () => {
    const assignees = [user('ann', { group: 'credit', weight: 2, veto: true, minApprovals: 1, scope: ['/purpose'] })];
    const story = Story.of(start(definition(step('check', { assignees }))));
    const away = story.and(recuse('ann', seatOf(story), { reason: 'My cousin' }));
    expect(away.types).toEqual(['AssignmentVoided', 'AssignmentAdded']);
    expect(away.find('AssignmentVoided')).toMatchObject({
      person: 'ann',
      scope: 'assignment',
      cause: 'recused',
      reason: 'My cousin',
      voidedBy: 'ann',
    });
    expect(away.find('AssignmentAdded')).toMatchObject({
      instead: seatOf(story),
      assignment: {
        kind: 'USER',
        ref: 'mia',
        origin: 'fallback',
        group: 'credit',
        weight: 2,
        veto: true,
        assignee: 0,
        scope: ['/purpose'],
      },
    });
    expect(away.and(approve('mia')).review.status).toBe('approved');
  });

  it('keeps the person out of the step for good, by every hand and in every round', () => {
    const story = Story.of(start(both));
    const away = story.and(recuse('ann', seatOf(story)));
    expect(away.refusal(approve('ann')).code).toBe('four-eyes');
    expect(away.refusal(approve('ann', { onBehalfOf: 'bob' })).code).toBe('four-eyes');
    expect(away.refusal(addApprover('ada', { user: 'ann' })).code).toBe('four-eyes');
    const next = away.and(resubmit({ ...loan, amountMinor: '1' }));
    expect(next.refusal(approve('ann', { revision: 2 })).code).toBe('four-eyes');
    expect(next.find('StepStarted').assignments.map(({ ref }) => ref)).toEqual(['bob', 'mia']);
  });

  it('leaves an assignment for a role to the other holders', () => {
    const story = Story.of(start(definition(step('check'))));
    const away = story.and(claim('ann', seatOf(story)), recuse('ann', seatOf(story)));
    expect(away.types).toEqual(['AssignmentReleased', 'AssignmentVoided']);
    expect(away.find('AssignmentVoided').scope).toBe('person');
    expect(reviewDetail(away.started, 0n).steps[0]?.assignments).toMatchObject([{ state: 'open', claimedBy: null }]);
    expect(away.refusal(approve('ann')).code).toBe('four-eyes');
    expect(away.and(approve('bob')).review.status).toBe('approved');
  });

  it('blocks the step when nobody is left', () => {
    const story = Story.of(start(definition(step('check', { rule: { count: 2 } }))));
    const away = story.and(recuse('ann', seatOf(story)));
    expect(away.types).toEqual(['AssignmentVoided', 'StepBlocked']);
    expect(away.find('StepBlocked')).toMatchObject({ code: 'UNSATISFIABLE', need: 2, fallback: ['role:admin'] });
  });

  it('lowers nothing: all still have to agree, the stand-in too', () => {
    const all = definition(step('check', { assignees: [user('ann'), user('bob')], rule: { all: true } }));
    const story = Story.of(start(all));
    const away = story.and(recuse('ann', seatOf(story)), approve('bob'));
    expect(away.review.status).toBe('in_review');
    expect(away.and(approve('mia')).review.status).toBe('approved');
  });

  it('asks the administrators where the manager cannot be asked', () => {
    const asked = (story: Story) => story.and(recuse('ann', seatOf(story))).find('AssignmentAdded').assignment;
    const submitted = Story.of(start(both, { by: 'mia' }));
    expect(asked(submitted)).toMatchObject({ kind: 'ROLE', ref: 'admin', origin: 'fallback' });
    const busy = definition(step('check', { assignees: [user('ann'), user('mia')], rule: { count: 2 } }));
    expect(asked(Story.of(start(busy)))).toMatchObject({ kind: 'ROLE', ref: 'admin' });
    expect(asked(Story.of(start(busy), approve('mia')))).toMatchObject({ kind: 'ROLE', ref: 'admin' });
    const nobody = Story.of(start(definition(step('check', { assignees: [user('mia')] }))));
    expect(nobody.and(recuse('mia', seatOf(nobody))).find('AssignmentAdded').assignment).toMatchObject({
      ref: 'admin',
    });
    // She holds the only seat of her role besides: as a stand-in she would leave that empty.
    const assignees = [user('ann'), manager({ seats: 3 })];
    const needed = Story.of(start(definition(step('check', { assignees, rule: { all: true } }))));
    expect(asked(needed)).toMatchObject({ kind: 'ROLE', ref: 'admin' });
  });

  it('blocks the step when even administrators are missing, and asks for no less', () => {
    const story = Story.of(start(both, { by: 'ada' }));
    const bobOnly = story.and(recuse('bob', seatOf(story, 1), { directory: without('max') }));
    expect(bobOnly.types).toEqual(['AssignmentVoided', 'AssignmentAdded', 'StepBlocked']);
    expect(bobOnly.refusal(approve('ann')).code).toBe('invalid-state');
  });

  it('needs a reason, an assignment that asks for one, and no decision of one’s own', () => {
    const story = Story.of(start(both));
    expect(story.refusal(recuse('ann', seatOf(story), { reason: '' })).code).toBe('reason-required');
    expect(story.refusal(recuse('mia', seatOf(story))).code).toBe('not-eligible');
    expect(story.refusal(recuse('ann', 'asg_none')).code).toBe('validation-failed');
    expect(story.and(approve('ann')).refusal(recuse('ann', seatOf(story))).code).toBe('person-already-counted');
    expect(story.and(reassign('ada', seatOf(story), 'mia')).refusal(recuse('ann', seatOf(story))).code).toBe(
      'assignment-transferred',
    );
    expect(story.and(withdraw()).refusal(recuse('ann', seatOf(story))).code).toBe('step-resolved');
    const byRole = Story.of(start(definition(step('check'))));
    expect(byRole.refusal(recuse('olly', seatOf(byRole))).code).toBe('four-eyes');
  });

  it('twice is once', () => {
    const story = Story.of(start(both));
    expect(story.and(recuse('ann', seatOf(story)), recuse('ann', seatOf(story))).last).toEqual([]);
  });

  it('frees a step that only its submitter was asked on', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('olly')] }))));
    expect(story.types).toContain('StepBlocked');
    const away = story.and(recuse('olly', seatOf(story)));
    expect(away.types).toEqual(['AssignmentVoided', 'AssignmentAdded', 'StepUnblocked']);
    expect(away.and(approve('mia')).review.status).toBe('approved');
  });

  it('is possible while the review waits for its submitter', () => {
    const story = Story.of(start(both), requestChanges('bob'));
    const away = story.and(recuse('ann', seatOf(story)));
    expect(away.types).toEqual(['AssignmentVoided', 'AssignmentAdded']);
    expect(away.review.status).toBe('changes_requested');
  });
});

describe('VacateSeats', () => {
  it('gives what was a leaver’s own to the manager, and approves nothing by itself', () => {
    const story = Story.of(start(both));
    const left = story.and(vacateSeats('ann', { directory: without('ann') }));
    expect(left.types).toEqual(['AssignmentVoided', 'AssignmentAdded']);
    expect(left.find('AssignmentVoided')).toMatchObject({
      person: 'ann',
      cause: 'deactivated',
      voidedBy: 'system:directory',
    });
    expect(left.find('AssignmentAdded').assignment).toMatchObject({ ref: 'mia', origin: 'fallback' });
    const decided = left.and(approve('bob', { directory: without('ann') }));
    expect(decided.review.status).toBe('in_review');
    expect(decided.and(approve('mia', { directory: without('ann') })).review.status).toBe('approved');
  });

  it('leaves decisions as they are', () => {
    const story = Story.of(start(both), approve('ann'));
    expect(story.and(vacateSeats('ann', { directory: without('ann') })).last).toEqual([]);
    expect(story.and(approve('bob', { directory: without('ann') })).review.status).toBe('approved');
  });

  it('opens again what had been blocked before it was told', () => {
    const story = Story.of(start(both), approve('bob', { directory: without('ann') }));
    expect(story.types).toContain('StepBlocked');
    expect(story.and(vacateSeats('ann', { directory: without('ann') })).types).toEqual([
      'AssignmentVoided',
      'AssignmentAdded',
      'StepUnblocked',
    ]);
  });

  it('releases a claim when the role is lost', () => {
    const story = Story.of(start(definition(step('check'))));
    const claimed = story.and(claim('ann', seatOf(story)));
    const lost = claimed.and(vacateSeats('ann', { directory: demoted('ann') }));
    expect(lost.types).toEqual(['AssignmentReleased']);
    expect(lost.find('AssignmentReleased')).toMatchObject({ how: 'not-eligible', heldBy: 'ann' });
  });

  it('moves on what was reassigned to somebody for a role that is lost', () => {
    const story = Story.of(start(definition(step('check'))));
    const moved = story.and(reassign('ada', seatOf(story), 'ann'));
    const lost = moved.and(vacateSeats('ann', { directory: demoted('ann') }));
    expect(lost.types).toEqual(['AssignmentVoided', 'AssignmentAdded']);
    expect(lost.find('AssignmentVoided').cause).toBe('role-lost');
    expect(moved.and(vacateSeats('ann')).last).toEqual([]);
  });

  it('keeps a personal assignment when a role is lost that it does not ask for', () => {
    const story = Story.of(start(both));
    expect(story.and(vacateSeats('ann', { directory: demoted('ann') })).last).toEqual([]);
  });

  it('blocks a step whose role nobody is left for', () => {
    const story = Story.of(start(definition(step('check', { rule: { count: 2 } }))));
    const lost = story.and(vacateSeats('ann', { directory: demoted('ann') }));
    expect(lost.types).toEqual(['StepBlocked']);
    expect(lost.find('StepBlocked')).toMatchObject({ code: 'UNSATISFIABLE', need: 2, have: 1, who: ['role:officer'] });
    expect(lost.and(vacateSeats('ann', { directory: demoted('ann') })).last).toEqual([]);
  });

  it('is nothing to a review that is over, or that asks for somebody else', () => {
    const story = Story.of(start(definition(step('check', { assignees: [officer(), user('mia')] }))));
    expect(story.and(withdraw(), vacateSeats('mia', { directory: without('mia') })).last).toEqual([]);
    expect(story.and(vacateSeats('max', { directory: without('max') })).last).toEqual([]);
  });
});
