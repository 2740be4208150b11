import {
  approve,
  at,
  cancel,
  clearChanges,
  definition,
  directory,
  dismissChanges,
  escalate,
  fireTimer,
  hold,
  loan,
  manager,
  provideInfo,
  reject,
  requestChanges,
  requestInfo,
  resubmit,
  resume,
  start,
  step,
  Story,
  withdraw,
} from '../review.examples.js';

const sla = { value: 8, unit: 'WALL_HOUR' } as const;
const ladder = [{ id: 'r1', at: '50%', action: 'remind' as const }];
const workflow = definition(
  step('check', { rule: { count: 2 }, sla, ladder }),
  step('sign', { assignees: [manager()] }),
);
const held = Story.of(start(workflow), hold('mia', { time: '11:00' }));

describe('HoldReview', () => {
  it('stops everything, the clock with it', () => {
    expect(held.types).toEqual(['ReviewHeld', 'SlaPaused']);
    expect(held.find('ReviewHeld')).toMatchObject({ heldBy: 'mia', reason: 'The valuer is away', status: 'in_review' });
    expect(held.find('SlaPaused')).toMatchObject({ cause: 'on_hold', consumedMs: 7_200_000, holder: 'assignee' });
    expect(held.review.status).toBe('on_hold');
  });

  it('lets nobody decide, ask, escalate, revise or settle meanwhile', () => {
    const refused = [
      approve('ann'),
      requestChanges('ann'),
      requestInfo('ann'),
      escalate('ann'),
      resubmit({ ...loan, term: 12 }),
      provideInfo(),
    ].map((command) => held.refusal(command).code);
    expect(refused).toEqual(refused.map(() => 'invalid-state'));
  });

  it('keeps change items as they are', () => {
    const asked = Story.of(start(workflow), requestChanges('ann'));
    const items = asked.find('ChangesRequested').items.map(({ itemId }) => itemId);
    const story = asked.and(hold());
    expect(story.refusal(clearChanges('ann', items)).code).toBe('invalid-state');
    expect(story.refusal(dismissChanges('mia', items)).code).toBe('invalid-state');
  });

  it('makes timers of before nothing', () => {
    const { executionId } = held.find('StepStarted');
    expect(held.and(fireTimer({ executionId, kind: 'rung', rungId: 'r1', generation: 1 })).last).toEqual([]);
    expect(held.and(fireTimer({ executionId, kind: 'breach', generation: 1 }, { time: '19:00' })).last).toEqual([]);
  });

  it('can still be withdrawn and cancelled', () => {
    expect(held.and(withdraw()).review.status).toBe('withdrawn');
    expect(held.and(cancel()).review.status).toBe('cancelled');
  });

  it('takes a permission and a reason', () => {
    const story = Story.of(start(workflow));
    expect(story.refusal(hold('ann', { may: { reassign: false } }))).toMatchObject({
      code: 'forbidden',
      details: { requiredPermission: 'review:reassign' },
    });
    const silent = hold();
    expect(story.refusal({ ...silent, data: { ...silent.data, reason: '  ' } }).code).toBe('reason-required');
  });

  it('is done once: again is nothing, and nothing is held after the end', () => {
    expect(held.and(hold('max')).last).toEqual([]);
    expect(Story.of(start(workflow), reject('ann')).refusal(hold()).code).toBe('step-resolved');
  });
});

describe('ResumeReview', () => {
  it('goes on with what was used up, on a new generation of timers', () => {
    const story = held.and(resume('mia', { time: '15:00' }));
    expect(story.types).toEqual(['ReviewResumed', 'SlaResumed']);
    expect(story.find('SlaResumed')).toMatchObject({
      clock: { consumedMs: 7_200_000, dueAt: at('21:00'), generation: 2 },
      rungs: [{ rungId: 'r1', dueAt: at('17:00') }],
    });
    expect(story.and(approve('ann')).types).toEqual(['DecisionRecorded']);
  });

  it('keeps decisions of before, and attributes the pause to nobody who was asked', () => {
    const story = Story.of(start(workflow), approve('ann'), hold('mia', { time: '11:00' }))
      .and(resume('mia', { time: '15:00' }))
      .and(approve('bob', { time: '16:00' }));
    expect(story.types).toContain('StepCompleted');
    expect(story.find('StepCompleted').consumedMs).toBe(3 * 3_600_000);
    expect(story.started.executions[0]?.clock.attributedMs).toMatchObject({
      system: 4 * 3_600_000,
      assignee: 3 * 3_600_000,
    });
  });

  it('keeps overdue overdue', () => {
    const late = Story.of(start(workflow), hold('mia', { time: '19:00' }));
    const resumed = late.and(resume('mia', { time: '2026-11-23T09:00:00.000Z' }));
    expect(resumed.find('SlaResumed').clock).toMatchObject({
      consumedMs: 10 * 3_600_000,
      dueAt: '2026-11-23T07:00:00.000Z',
    });
  });

  it('leaves the ball with the submitter where it was held with him', () => {
    const changes = Story.of(start(workflow), requestChanges('ann', { time: '10:00' }), hold('mia', { time: '11:00' }));
    expect(changes.types).toEqual(['ReviewHeld']);
    const resumed = changes.and(resume());
    expect(resumed.types).toEqual(['ReviewResumed']);
    expect(resumed.review.status).toBe('changes_requested');
    expect(resumed.and(resubmit({ ...loan, term: 12 })).review.status).toBe('in_review');
    const asked = Story.of(start(workflow), requestInfo('ann'), hold(), resume());
    expect(asked.review.status).toBe('info_requested');
    expect(asked.and(provideInfo()).review.status).toBe('in_review');
  });

  it('finds a blocked step blocked, and one routed meanwhile open', () => {
    const nobody = directory({ userId: 'bob', roles: [], active: true });
    const story = Story.of(start(workflow, { directory: nobody }), hold());
    expect(story.started.executions[0]?.status).toBe('blocked');
    expect(story.and(resume('mia', { directory: nobody })).types).toEqual(['ReviewResumed', 'SlaResumed']);
    expect(story.and(resume()).types).toEqual(['ReviewResumed', 'SlaResumed', 'StepUnblocked']);
  });

  it('takes a permission, and a review on hold', () => {
    expect(held.refusal(resume('ann', { may: { reassign: false } })).code).toBe('forbidden');
    expect(Story.of(start(workflow)).refusal(resume()).code).toBe('invalid-state');
    expect(held.and(withdraw()).refusal(resume()).code).toBe('step-resolved');
  });
});
