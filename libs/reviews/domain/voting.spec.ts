import {
  abstain,
  addApprover,
  approve,
  definition,
  directory,
  escalate,
  fireTimer,
  manager,
  officer,
  reject,
  requestChanges,
  rescind,
  resubmit,
  start,
  step,
  Story,
  loan,
  user,
} from './review.examples.js';
import type { Step } from '#libs/kernel/domain/workflow-definition';
import { routing } from './routing.js';
import { runningExecutions, type Execution } from './review.state.js';
import { timersOf } from './timers.js';
import { explanation } from './views/explanation.js';
import { reviewChain } from './views/review-chain.js';

/** A board of five: mia, max, mel, meg and moe; everybody votes, and every vote counts in the arithmetic. */
const board = directory(
  { userId: 'meg', roles: ['manager'], active: true },
  { userId: 'moe', roles: ['manager'], active: true },
);
const people = { directory: board };
const sla = { value: 8, unit: 'WALL_HOUR' as const };
const vote = (over: Partial<Step>) =>
  definition(step('board', { assignees: [manager({ seats: 5 })], onReject: 'collect', sla, ...over }));
const held = (over: Partial<Step>) => Story.of(start(vote(over), people));
const yes = (by: string) => approve(by, people);
const no = (by: string) => reject(by, people);
const deadline = (story: Story) =>
  fireTimer(
    { executionId: runningExecutions(story.review)[0]?.executionId ?? '', kind: 'breach', generation: 1 },
    { time: '17:00', ...people },
  );

describe('A share of those seated', () => {
  const twoThirds = { rule: { percent: '66.67', of: 'seated' as const } };

  it('is satisfied as soon as enough of all seats have approved', () => {
    const story = held(twoThirds).and(yes('mia'), no('max'), yes('mel'), yes('meg'));
    expect(story.review.status).toBe('in_review');
    expect(story.and(yes('moe')).find('StepCompleted').proof).toMatchObject({ have: 4, need: 4 });
  });

  it('is lost as soon as too many have rejected, and not before', () => {
    const story = held(twoThirds).and(no('mia'));
    expect(story.review.status).toBe('in_review');
    const lost = story.and(no('max'));
    expect(lost.types).toEqual(['DecisionRecorded', 'StepRejected', 'ReviewRejected']);
    expect(lost.find('StepRejected')).toMatchObject({ reason: 'unreachable', proof: { state: 'failed', need: 4 } });
  });

  it('does not count who abstains', () => {
    const story = held(twoThirds).and(abstain('mia', people), abstain('max', people), yes('mel'));
    expect(story.and(yes('meg'), yes('moe')).find('StepCompleted').proof).toMatchObject({ have: 3, need: 3 });
  });

  it('weighs votes', () => {
    const assignees = [user('mia', { weight: 3 }), officer({ seats: 2 })];
    const story = held({ ...twoThirds, assignees, rule: { percent: '60', of: 'seated' } });
    expect(story.and(yes('mia')).review.status).toBe('approved');
    expect(story.and(yes('ann'), yes('bob')).review.status).toBe('in_review');
  });
});

describe('A share of the votes cast', () => {
  const majority = { rule: { percent: '50', of: 'cast' as const, participation: '60' } };

  it('ends early where those still out could not turn it', () => {
    expect(held(majority).and(yes('mia'), yes('max'), yes('mel')).review.status).toBe('approved');
    expect(held(majority).and(no('mia'), no('max'), no('mel')).review.status).toBe('rejected');
    expect(held(majority).and(yes('mia'), yes('max'), no('mel')).review.status).toBe('in_review');
  });

  it('is closed by its due time: those who voted decide', () => {
    const story = held(majority).and(yes('mia'), yes('max'), no('mel'));
    const closed = story.and(deadline(story));
    expect(closed.types).toEqual(['SlaBreached', 'StepCompleted', 'ReviewApproved']);
    expect(closed.find('StepCompleted').proof).toMatchObject({ have: 2, need: 2 });
    const against = held(majority).and(yes('mia'), no('max'), no('mel'));
    expect(against.and(deadline(against)).types).toEqual(['SlaBreached', 'StepRejected', 'ReviewRejected']);
  });

  it('without enough votes is lost at its due time where somebody said no', () => {
    const story = held(majority).and(yes('mia'), no('max'));
    expect(story.and(deadline(story)).types).toEqual(['SlaBreached', 'StepRejected', 'ReviewRejected']);
  });

  it('without enough votes, and without a no, is blocked at its due time until somebody is asked in addition', () => {
    const story = held(majority).and(yes('mia'));
    const closed = story.and(deadline(story));
    expect(closed.types).toEqual(['SlaBreached', 'StepBlocked']);
    expect(closed.find('StepBlocked')).toMatchObject({ code: 'DEADLINE', have: 1, need: 3, who: ['role:manager'] });
    expect(closed.refusal(yes('max')).code).toBe('invalid-state');
    const routed = closed.and(escalate('olly', { to: { user: 'ada' }, ...people }));
    expect(routed.types).toEqual(['RungFired', 'AssignmentAdded', 'StepUnblocked']);
    const late = routed.and(yes('max'), yes('mel'));
    expect(late.review.status).toBe('in_review'); // four of six must vote now
    expect(late.and(approve('ada', people)).review.status).toBe('approved');
  });

  it('is not closed by another deadline: votes on the next revision are waited for', () => {
    const story = held({ rule: { percent: '50', of: 'cast' } });
    const open = story.and(deadline(story));
    expect(open.types).toEqual(['SlaBreached', 'StepBlocked']);
    const added = open.and(addApprover('ada', { user: 'ada' }, { step: 'board', ...people }));
    const revised = added.and(resubmit({ ...loan, term: 12 }, people));
    expect(revised.find('StepStarted')).toMatchObject({ round: 2 });
    expect(revised.and(approve('mia', { revision: 2, ...people })).review.status).toBe('in_review');
  });

  describe('on the next revision', () => {
    const share = { rule: { percent: '60', of: 'cast' as const, participation: '60' } };
    const next = (story: Story, time: string) => story.and(resubmit({ ...loan, term: 12 }, { time, ...people }));
    const second = { revision: 2, ...people };
    const due = (story: Story) => timersOf(story.review).map(({ dueAt }) => dueAt);
    const end = (story: Story, time: string, generation = 1) => {
      const [execution] = runningExecutions(story.review);
      const timer = { executionId: execution?.executionId ?? '', kind: 'breach' as const, generation };
      return story.and(fireTimer(timer, { time, ...people }));
    };

    it('has a deadline of its own where the last one has passed', () => {
      const story = held(share).and(yes('mia'));
      const revised = next(story.and(deadline(story)), '18:00');
      expect(revised.types).toEqual(['SubjectRevised', 'DecisionsInvalidated', 'StepStarted']);
      const started = revised.find('StepStarted');
      expect(started).not.toHaveProperty('continues');
      expect(started.clock).toMatchObject({ consumedMs: 0, dueAt: '2026-11-23T02:00:00.000Z' });
      expect(due(revised)).toEqual(['2026-11-23T02:00:00.000Z']);
      expect(explanation(revised.started).nextTimer).toMatchObject({ kind: 'breach' });
      const voted = revised.and(approve('mia', second), approve('mel', second), reject('max', second));
      expect(voted.review.status).toBe('in_review');
      expect(end(voted, '2026-11-23T02:00:00.000Z').types).toEqual(['SlaBreached', 'StepCompleted', 'ReviewApproved']);
    });

    it('has one also where nobody has noticed yet that the last one has passed', () => {
      expect(due(next(held(share), '17:00'))).toEqual(['2026-11-23T01:00:00.000Z']);
    });

    it('goes through its ladder anew', () => {
      const ladder: Step['ladder'] = [
        { id: 'r1', at: '50%', action: 'remind' },
        { id: 'r2', at: '+8h', action: 'auto_reject' },
      ];
      const story = held({ ...share, ladder });
      const [execution] = runningExecutions(story.review);
      const reminder = {
        executionId: execution?.executionId ?? '',
        kind: 'rung' as const,
        rungId: 'r1',
        generation: 1,
      };
      const told = story.and(fireTimer(reminder, { time: '13:00', ...people }));
      const revised = next(told.and(deadline(told)), '18:00');
      expect(revised.find('StepStarted').rungs).toEqual([
        { rungId: 'r1', dueAt: '2026-11-22T22:00:00.000Z' },
        { rungId: 'r2', dueAt: '2026-11-23T10:00:00.000Z' },
      ]);
    });

    it('has what is left of the budget while any is left: a request for changes buys no time', () => {
      const story = held(share).and(requestChanges('max', { time: '12:00', ...people }));
      const revised = next(story, '15:00');
      expect(revised.find('StepStarted')).toHaveProperty('continues');
      expect(due(revised)).toEqual(['2026-11-22T20:00:00.000Z']);
    });

    it('is no vote under another rule: what is late stays late', () => {
      const story = held({ rule: { count: 3 } });
      const revised = next(story.and(deadline(story)), '18:00');
      expect(revised.find('StepStarted')).toHaveProperty('continues');
      expect(revised.find('StepStarted').clock.dueAt).toBe('2026-11-22T17:00:00.000Z');
    });
  });

  it('other rules do not mind the due time', () => {
    const story = held({ rule: { count: 3 } }).and(yes('mia'), no('max'));
    expect(story.and(deadline(story)).types).toEqual(['SlaBreached']);
  });
});

describe('Weights, groups, and rules of rules', () => {
  const committee: Partial<Step> = {
    assignees: [
      manager({ seats: 5, minApprovals: 2, group: 'credit' }),
      user('ann', { group: 'risk', weight: 2, veto: true }),
    ],
    rule: { and: [{ weight: 4 }, { any: true, group: 'risk' }] },
    floor: 3,
  };

  it('need every part of an and', () => {
    const story = held(committee).and(yes('mia'), yes('max'), yes('mel'), yes('meg'));
    expect(story.review.status).toBe('in_review');
    const done = story.and(yes('ann'));
    expect(done.find('StepCompleted').proof).toMatchObject({ state: 'satisfied', have: 2, need: 2 });
  });

  it('store a proof tree with the outcome, which the chain shows', () => {
    const story = held(committee).and(yes('ann'), yes('mia'), yes('max'));
    const { proof } = reviewChain(story.started).steps[0]!;
    expect(proof).toEqual(story.find('StepCompleted').proof);
    expect(proof?.nodes).toMatchObject([
      {
        rule: committee.rule,
        state: 'satisfied',
        nodes: [
          { rule: { weight: 4 }, have: 4, need: 4, votes: { seated: 7, yes: 4, no: 0, abstained: 0, open: 3 } },
          { rule: { any: true, group: 'risk' }, have: 1, need: 1 },
        ],
      },
      { assignee: 0, have: 2, need: 2 },
      { floor: 3, have: 3, need: 3 },
    ]);
  });

  it('are satisfied by one part of an or', () => {
    const either = {
      ...committee,
      floor: 1,
      rule: {
        or: [
          { count: 5, group: 'credit' },
          { all: true as const, group: 'risk' },
        ],
      },
    };
    const story = held({
      ...either,
      assignees: [manager({ seats: 5, group: 'credit' }), user('ann', { group: 'risk' })],
    });
    expect(story.and(yes('ann')).review.status).toBe('approved');
    expect(story.and(no('ann'), yes('mia')).review.status).toBe('in_review');
    expect(story.and(no('ann'), no('mia')).review.status).toBe('rejected');
  });

  it('a veto rejects at once, whatever the rule', () => {
    expect(held(committee).and(no('mia')).review.status).toBe('in_review');
    const vetoed = held(committee).and(no('ann'));
    expect(vetoed.find('StepRejected')).toMatchObject({ reason: 'rejection' });
  });

  it('the floor of people holds on top of every rule', () => {
    const heavy = {
      ...committee,
      assignees: [user('ann', { weight: 9, group: 'risk' }), manager({ seats: 5, weight: 9 })],
    };
    const story = held(heavy).and(yes('ann'), yes('mia'));
    expect(story.review.status).toBe('in_review');
    expect(story.and(abstain('max', people)).review.status).toBe('approved');
    expect(story.and(no('max')).review.status).toBe('approved');
  });

  it('the floor counts everybody whose decision counts, whatever it says, and nobody else', () => {
    const three = { assignees: [manager({ seats: 3 })], rule: { count: 2 }, floor: 3 };
    const small = directory({ userId: 'ann', roles: [], active: true });
    const story = Story.of(start(vote(three), { directory: small }), yes('mia'), yes('max'));
    expect(story.review.status).toBe('in_review');
    const heard = story.and(no('mel'));
    expect(heard.types).toEqual(['DecisionRecorded', 'StepCompleted', 'ReviewApproved']);
    expect(heard.find('StepCompleted').proof.nodes).toMatchObject([
      { have: 2, need: 2 },
      { floor: 3, have: 3, need: 3 },
    ]);
    const none = Story.of(start(vote({ ...three, rule: { count: 1 } })), no('mia'), no('max'), no('mel'));
    expect(none.review.status).toBe('rejected');
    const rescinded = Story.of(start(vote(three)), yes('mia'), no('mel'));
    const gone = rescinded.and(rescind('mel', rescinded.find('DecisionRecorded').decisionId), yes('max'));
    expect(gone.types).toEqual(['DecisionRecorded']);
  });

  it('block where people are missing at the leaf it concerns, and nobody said no', () => {
    const nobody = directory({ userId: 'ann', roles: [], active: false });
    const story = Story.of(start(vote({ ...committee, floor: 1 }), { directory: nobody }));
    expect(story.find('StepBlocked')).toMatchObject({
      code: 'UNSATISFIABLE',
      who: expect.arrayContaining(['user:ann']),
    });
    const either = {
      ...committee,
      floor: 1,
      rule: {
        or: [
          { any: true as const, group: 'risk' },
          { count: 2, group: 'credit' },
        ],
      },
    };
    expect(Story.of(start(vote(either), { directory: nobody })).types).not.toContain('StepBlocked');
  });
});

describe('Routing a rule of rules', () => {
  const officers = directory({ userId: 'bob', roles: ['officer', 'manager'], active: true });
  const routed = (over: Partial<Step>) => {
    const story = Story.of(start(definition(step('check', over)), { directory: officers }));
    return routing(story.started, story.started.executions[0] as Execution, officers);
  };

  it('seats a person where nobody else fits, whatever comes first', () => {
    const assignees = [
      user('bob', { group: 'credit' }),
      user('ann', { group: 'credit' }),
      user('bob', { group: 'risk' }),
    ];
    const rule = {
      and: [
        { count: 1, group: 'credit' },
        { count: 1, group: 'risk' },
      ],
    };
    expect(routed({ assignees, rule })).toEqual({ ok: true });
    expect(routed({ assignees: assignees.slice(0, 1).concat(assignees.slice(2)), rule })).toMatchObject({ ok: false });
  });

  it('prefers heavy seats where weight is asked for', () => {
    const assignees = [user('bob', { weight: 1 }), user('bob', { weight: 5 }), user('ann')];
    expect(routed({ assignees, rule: { weight: 6 } })).toEqual({ ok: true });
    expect(routed({ assignees, rule: { weight: 7 } })).toMatchObject({ ok: false });
  });

  it('tries every way of an or', () => {
    const assignees = [user('nobody', { group: 'a' }), user('bob', { group: 'b' })];
    const rule = {
      or: [
        { any: true as const, group: 'a' },
        { any: true as const, group: 'b' },
      ],
    };
    expect(routed({ assignees, rule })).toEqual({ ok: true });
  });
});
