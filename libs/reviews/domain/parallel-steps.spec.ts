import {
  approve,
  decide,
  definition,
  directory,
  dismissChanges,
  escalate,
  fireTimer,
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
} from './review.examples.js';
import { runningExecutions } from './review.state.js';
import { eligibility } from './views/eligibility.js';
import { explanation } from './views/explanation.js';
import { receiptState } from './views/receipt-state.js';
import { reviewDetail } from './views/review-detail.js';

const sla = { value: 8, unit: 'WALL_HOUR' as const };
const credit = step('credit', { sla });
const risk = step('risk', { assignees: [manager()], parallel: true, sla: { ...sla, value: 4 } });
const sign = step('sign', { assignees: [user('max')] });
const workflow = definition(credit, risk, sign);

const running = ({ review }: Story) => runningExecutions(review).map((it) => it.step);
const detail = ({ started, events }: Story) => reviewDetail(started, BigInt(events.length - 1));
const seatOn = (story: Story, key: string) =>
  story.events.flatMap(({ type, data }) => (type === 'StepStarted' && data.step === key ? data.assignments : []))[0]
    ?.assignmentId ?? '';

describe('Steps that run side by side', () => {
  it('start together, and the next stage when all of them are satisfied, in whatever order', () => {
    const story = Story.of(start(workflow));
    expect(story.types).toEqual(['ReviewStarted', 'StepStarted', 'StepStarted']);
    expect(running(story)).toEqual(['credit', 'risk']);
    const half = story.and(approve('mia'));
    expect(half.types).toEqual(['DecisionRecorded', 'StepCompleted']);
    expect(running(half)).toEqual(['credit']);
    const whole = half.and(approve('ann'));
    expect(whole.types).toEqual(['DecisionRecorded', 'StepCompleted', 'StepStarted']);
    expect(running(whole)).toEqual(['sign']);
    expect(whole.and(approve('max')).review.status).toBe('approved');
  });

  it('are both waited for, and the first of them is the current one', () => {
    const story = Story.of(start(workflow));
    expect(detail(story)).toMatchObject({ currentStep: 'credit', steps: [{ status: 'open' }, { status: 'open' }, {}] });
    const who = receiptState(story.started).waitingOn.flatMap((unmet) => unmet.who);
    expect([...new Set(who)]).toEqual(['role:officer', 'role:manager']);
    const steps = explanation(story.started).conditions.map(({ evidence }) => evidence.step);
    expect([...new Set(steps)]).toEqual(['credit', 'risk']);
    expect(explanation(story.started).nextTimer).toMatchObject({ kind: 'breach', dueAt: '2026-11-22T13:00:00.000Z' });
    const half = story.and(approve('ann'));
    expect(receiptState(half.started)).toMatchObject({ step: 'risk', waitingOn: [{ who: ['role:manager'] }, {}] });
    expect(eligibility(story.started, directory()).people.filter(({ may }) => may)).toHaveLength(5);
  });

  it('end with the first rejection, and the review with them', () => {
    const story = Story.of(start(workflow), reject('mia'));
    expect(story.types).toEqual(['DecisionRecorded', 'StepRejected', 'ReviewRejected']);
    expect(detail(story).steps.map(({ status }) => status)).toEqual(['closed', 'rejected', 'pending']);
    expect(story.refusal(approve('ann'))).toMatchObject({ code: 'step-resolved', details: { outcome: 'rejected' } });
  });

  it('skip those whose condition says no, without waiting for them', () => {
    const never = step('large', { when: { gt: ['amountMinor', '5000000'] }, parallel: true });
    const story = Story.of(start(definition(credit, never, sign)));
    expect(story.types).toEqual(['ReviewStarted', 'StepSkipped', 'StepStarted']);
    expect(story.and(approve('ann')).types).toEqual(['DecisionRecorded', 'StepCompleted', 'StepStarted']);
  });

  it('are blocked one by one', () => {
    const noManagers = directory(...['mia', 'max', 'mel'].map((userId) => ({ userId, roles: [], active: true })));
    const story = Story.of(start(definition(credit, risk), { directory: noManagers }));
    expect(story.types).toEqual(['ReviewStarted', 'StepStarted', 'StepStarted', 'StepBlocked']);
    expect(story.find('StepBlocked').step).toBe('risk');
    const decided = story.and(approve('ann', { directory: noManagers }));
    expect(decided.types).toEqual(['DecisionRecorded', 'StepCompleted']);
    const routed = story.and(escalate('olly', { to: { user: 'ada' }, directory: noManagers }));
    expect(routed.find('AssignmentAdded').step).toBe('risk');
  });
});

describe('A person on steps that run side by side', () => {
  const both = definition(step('one'), step('two', { parallel: true }));

  it('decides on the step the assignment belongs to', () => {
    const story = Story.of(start(both));
    const second = story.and(approve('ann', { assignmentId: seatOn(story, 'two') }));
    expect(second.find('DecisionRecorded').step).toBe('two');
    expect(running(second)).toEqual(['one']);
    expect(second.refusal(approve('bob', { assignmentId: seatOn(story, 'two') })).code).toBe('step-resolved');
    expect(story.refusal(approve('ann', { assignmentId: 'nowhere' })).code).toBe('validation-failed');
  });

  it('without naming one decides on the first with a seat, then on the next', () => {
    const first = Story.of(start(both), approve('ann'));
    expect(first.find('StepCompleted').step).toBe('one');
    expect(first.and(approve('ann')).find('StepCompleted').step).toBe('two');
  });

  it('decides where a seat is, also when another step comes first or is blocked', () => {
    expect(Story.of(start(workflow), approve('mia')).find('DecisionRecorded').step).toBe('risk');
    const nobody = directory(...['mia', 'mel'].map((userId) => ({ userId, roles: [], active: true })));
    const blocked = definition(step('board', { assignees: [manager({ seats: 2 })], rule: { all: true } }), {
      ...sign,
      parallel: true,
    });
    const story = Story.of(start(blocked, { directory: nobody }));
    expect(story.find('StepBlocked').step).toBe('board');
    expect(story.and(approve('max', { directory: nobody })).find('DecisionRecorded').step).toBe('sign');
  });

  it('is told what the first step says when none takes the decision', () => {
    expect(Story.of(start(workflow)).refusal(approve('olly')).code).toBe('four-eyes');
    expect(Story.of(start(workflow)).refusal(approve('vic')).code).toBe('not-eligible');
  });

  it('repeats a click without effect where no other seat is', () => {
    const two = definition(step('one', { rule: { count: 2 } }), risk);
    expect(Story.of(start(two), approve('ann'), approve('ann')).last).toEqual([]);
  });

  it('counts on one of them only where one asks for other people', () => {
    const distinct = definition(step('one'), step('two', { parallel: true, distinct: 'review' }));
    const story = Story.of(start(distinct));
    const first = story.and(approve('ann'));
    expect(first.refusal(approve('ann', { assignmentId: seatOn(story, 'two') })).code).toBe('four-eyes');
    expect(first.and(approve('bob')).review.status).toBe('approved');
    const second = story.and(approve('ann', { assignmentId: seatOn(story, 'two') }));
    expect(second.refusal(approve('ann', { assignmentId: seatOn(story, 'one') })).code).toBe('four-eyes');
  });
});

describe('The clocks of steps that run side by side', () => {
  it('are all stopped by a request for changes, and go on together', () => {
    const story = Story.of(start(workflow), requestChanges('mia', { time: '11:00' }));
    expect(story.types).toEqual(['ChangesRequested', 'SlaPaused', 'SlaPaused']);
    const dismissed = story.and(
      dismissChanges(
        'ada',
        story.find('ChangesRequested').items.map(({ itemId }) => itemId),
      ),
    );
    expect(dismissed.types).toEqual(['ChangeItemsCleared', 'SlaResumed', 'SlaResumed']);
    const revised = story.and(resubmit({ ...loan, term: 12 }, { time: '12:00' }));
    expect(revised.types).toEqual(['SubjectRevised', 'StepStarted', 'StepStarted', 'SlaResumed', 'SlaResumed']);
    expect(
      revised.started.executions.slice(-2).map(({ clock, continues }) => [clock.dueAt, continues !== null]),
    ).toEqual([
      ['2026-11-22T18:00:00.000Z', true],
      ['2026-11-22T14:00:00.000Z', true],
    ]);
  });

  it('fire for their own step, as do its rungs', () => {
    const ladder = [{ id: 'r1', at: '0', action: 'add' as const, to: { user: 'ada' } }];
    const story = Story.of(start(definition(credit, { ...risk, ladder })));
    const [, second] = runningExecutions(story.review);
    const of = { executionId: second?.executionId ?? '', generation: 1 };
    const breached = story.and(fireTimer({ ...of, kind: 'breach' }, { time: '13:00' }));
    expect(breached.find('SlaBreached').step).toBe('risk');
    const rung = breached.and(fireTimer({ ...of, kind: 'rung', rungId: 'r1' }, { time: '13:00' }));
    expect(rung.find('AssignmentAdded').step).toBe('risk');
    expect(story.and(approve('mia'), fireTimer({ ...of, kind: 'breach' })).last).toEqual([]);
  });
});

describe('A revision while steps run side by side', () => {
  const scoped = definition(
    step('credit', { assignees: [officer({ scope: ['/amountMinor'] })] }),
    step('risk', { assignees: [manager({ scope: ['/purpose'] })], parallel: true }),
    sign,
  );

  it('asks again only on the steps whose decisions it took away', () => {
    const story = Story.of(start(scoped), approve('mia'));
    const kept = story.and(resubmit({ ...loan, amountMinor: '1' }));
    expect(kept.types).toEqual(['SubjectRevised', 'StepStarted']);
    expect(running(kept)).toEqual(['credit']);
    const lost = story.and(resubmit({ ...loan, purpose: 'A bus' }));
    expect(lost.types).toEqual(['SubjectRevised', 'DecisionsInvalidated', 'StepStarted', 'StepStarted']);
    expect(running(lost)).toEqual(['credit', 'risk']);
  });

  it('brings a stage back as it was, and goes on', () => {
    const story = Story.of(start(scoped), approve('mia'), approve('ann'), resubmit({ ...loan, purpose: 'A bus' }));
    expect(running(story)).toEqual(['risk']);
    const reverted = story.and(resubmit(loan));
    expect(running(reverted)).toEqual(['sign']);
  });

  it('escalates the step of the person who asks', () => {
    const reassign = { may: { reassign: true } };
    const story = Story.of(start(scoped), escalate('mia', { to: { user: 'ada' }, ...reassign }));
    expect(story.find('AssignmentAdded').step).toBe('risk');
    const other = Story.of(start(scoped), escalate('ada', { to: { user: 'vic' }, ...reassign }));
    expect(other.find('AssignmentAdded').step).toBe('credit');
  });

  it('takes decisions on the new revision on each of them', () => {
    const story = Story.of(start(scoped), resubmit({ ...loan, amountMinor: '1', purpose: 'A bus' }));
    expect(story.refusal(decide('mia', 'approve')).code).toBe('stale-review');
    expect(story.and(approve('mia', { revision: 2 }), approve('ann', { revision: 2 })).find('StepStarted').step).toBe(
      'sign',
    );
  });
});
