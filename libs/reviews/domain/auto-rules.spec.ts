import fc from 'fast-check';
import { RULE_OUTCOMES, type AutoRule } from '#libs/kernel/domain/ruleset';
import type { ReviewCommand } from './review.commands.js';
import {
  abstain,
  approve,
  officer,
  clearChanges,
  definition,
  fold,
  loan,
  manager,
  reject,
  requestChanges,
  reopen,
  resubmit,
  rulesOf,
  start,
  step,
  Story,
  user,
} from './review.examples.js';

const small: AutoRule = {
  name: 'small',
  when: { lte: ['amountMinor', '50000'] },
  outcome: 'approve',
  reason: 'Small',
  mode: 'enforce',
};
const sanctioned: AutoRule = {
  name: 'sanctioned',
  when: { in: ['country', ['XX', 'YY']] },
  outcome: 'reject',
  mode: 'enforce',
};
const rules = rulesOf(sanctioned, small);
const cheap = { amountMinor: '49999.99', country: 'CH' };
const dear = { amountMinor: '50000.01', country: 'CH' };
const banned = { amountMinor: '1', country: 'XX' };

const auto = { auto: true, floor: 0 } as const;
const alone = definition(step('check', auto), step('sign', { ...auto, assignees: [manager()] }));
const mixed = definition(step('check', auto), step('sign', { assignees: [manager()] }));

describe('Automatic rules', () => {
  it('approve a review whose steps may all do without people', () => {
    const story = Story.of(start(alone, { rules, content: cheap }));
    expect(story.types).toEqual([
      'ReviewStarted',
      'AutoRulesEvaluated',
      'StepStarted',
      'StepCompleted',
      'StepStarted',
      'StepCompleted',
      'ReviewApproved',
    ]);
    expect(story.find('ReviewStarted').rulesetVersion).toBe('loan-auto@3');
    expect(story.find('AutoRulesEvaluated')).toMatchObject({
      ruleset: { id: 'rs_1', key: 'loan-auto', version: 3, contentHash: 'h5' },
      decidedBy: 'system:rules@3',
      revision: 1,
      outcome: 'approve',
      decisive: 'small',
      reason: 'Small',
      shadow: null,
      rules: [
        { name: 'sanctioned', result: 'unmatched' },
        { name: 'small', result: 'matched' },
      ],
      traces: [
        { rule: 'sanctioned', trace: { op: 'in', value: false, operand: 'CH' } },
        { rule: 'small', trace: { op: 'lte', value: true, operand: '49999.99', against: '50000' } },
      ],
    });
    expect(story.find('StepStarted').assignments).toEqual([]);
    expect(story.find('StepCompleted').proof).toMatchObject({
      decisions: [],
      nodes: [{ decidedBy: 'system:rules@3', decisive: 'small', state: 'satisfied' }, { floor: 0 }],
    });
    expect(story.started.decisions).toEqual([]);
  });

  it('never stand in for people: a step that does not say so waits for them', () => {
    const story = Story.of(start(mixed, { rules, content: cheap }));
    expect(story.review).toMatchObject({ status: 'in_review' });
    expect(story.types).toEqual(['ReviewStarted', 'AutoRulesEvaluated', 'StepStarted', 'StepCompleted', 'StepStarted']);
    expect(story.and(approve('mia')).types).toEqual(['DecisionRecorded', 'StepCompleted', 'ReviewApproved']);
  });

  it('reject the review before anybody is asked', () => {
    const story = Story.of(start(alone, { rules, content: banned }));
    expect(story.types).toEqual(['ReviewStarted', 'AutoRulesEvaluated', 'ReviewRejected']);
    expect(story.find('ReviewRejected')).toMatchObject({
      step: null,
      decisionId: null,
      rejectedBy: 'system:rules@3',
    });
    expect(story.review.status).toBe('rejected');
  });

  it.each([
    ['leave it to people', dear],
    ['leave it to people where they do not know', { country: 'CH' }],
    ['leave it to people where a stricter rule does not know', { amountMinor: '1' }],
  ])('%s', (_, content) => {
    const story = Story.of(start(alone, { rules, content }));
    expect(story.types).toEqual(['ReviewStarted', 'AutoRulesEvaluated', 'StepStarted']);
    expect(story.find('AutoRulesEvaluated').outcome).toBe('review');
    expect(story.find('StepStarted').assignments).toHaveLength(1);
    expect(story.and(approve('ann')).and(approve('mia')).review.status).toBe('approved');
    expect(story.and(reject('ann')).review.status).toBe('rejected');
    expect(story.and(abstain('ann')).review.status).toBe('in_review');
  });

  it('satisfy nothing when none were asked, whatever the floor of the step says', () => {
    expect(Story.of(start(alone, { content: cheap })).types).toEqual(['ReviewStarted', 'StepStarted']);
    const nobody = definition(step('check', { ...auto, assignees: [] }));
    expect(Story.of(start(nobody, { content: cheap })).types).toEqual(['ReviewStarted', 'StepStarted', 'StepBlocked']);
  });

  it('stand in for approvals, never for the people of a floor', () => {
    const looked = definition(
      step('check', { auto: true, floor: 1, rule: { count: 2 }, assignees: [officer({ seats: 2 })] }),
    );
    const story = Story.of(start(looked, { rules, content: cheap }));
    expect(story.types).toEqual(['ReviewStarted', 'AutoRulesEvaluated', 'StepStarted']);
    expect(story.find('StepStarted').assignments).toHaveLength(2);
    const seen = story.and(approve('ann'));
    expect(seen.types).toEqual(['DecisionRecorded', 'StepCompleted', 'ReviewApproved']);
    expect(seen.find('StepCompleted').proof.nodes).toMatchObject([{ decisive: 'small' }, { floor: 1, have: 1 }]);
    expect(story.and(reject('ann')).review.status).toBe('rejected');
  });

  it('approve a review whose steps were all skipped, which nobody else could', () => {
    const never = definition(step('check', { when: { eq: ['country', 'DE'] } }));
    expect(Story.of(start(never, { rules, content: cheap })).review.status).toBe('approved');
    expect(Story.of(start(never, { rules, content: dear })).types).toContain('StepBlocked');
  });

  it('never overrule a no that counts, nor items that wait for an answer', () => {
    const collected = definition(
      step('check', { ...auto, assignees: [user('ann'), user('bob')], onReject: 'collect', staleness: 'never' }),
    );
    const against = Story.of(start(collected, { rules, content: dear }), reject('ann'), resubmit(cheap, { rules }));
    expect(against.review.status).toBe('in_review');
    expect(against.and(approve('bob', { revision: 2 })).review.status).toBe('approved');

    const items = Story.of(start(alone, { rules, content: dear }), requestChanges('ann'), resubmit(cheap, { rules }));
    expect(items.review.status).toBe('in_review');
    const { itemId } = items.find('ChangesRequested').items[0]!;
    expect(items.and(clearChanges('ann', [itemId])).review.status).toBe('approved');
  });

  it('need no people where they allow it, and block where they do not and there are none', () => {
    const nobody = definition(step('check', { ...auto, assignees: [] }));
    expect(Story.of(start(nobody, { rules, content: cheap })).review.status).toBe('approved');
    expect(Story.of(start(nobody, { rules, content: dear })).types).toContain('StepBlocked');
  });

  it('are pending only between two events', () => {
    const { events } = Story.of(start(alone, { rules, content: dear }));
    expect(events.map((_, n) => fold(events.slice(0, n + 1)).status)).toEqual(['submitted', 'in_review', 'in_review']);
  });
});

describe('Automatic rules after a resubmission', () => {
  it('are asked again about the new content', () => {
    const story = Story.of(start(alone, { rules, content: dear }), resubmit(cheap, { rules }));
    expect(story.types).toEqual([
      'SubjectRevised',
      'AutoRulesEvaluated',
      'StepStarted',
      'StepCompleted',
      'StepStarted',
      'StepCompleted',
      'ReviewApproved',
    ]);
    expect(story.find('AutoRulesEvaluated').revision).toBe(2);
    expect(Story.of(start(alone, { rules, content: dear }), resubmit(banned, { rules })).types).toEqual([
      'SubjectRevised',
      'AutoRulesEvaluated',
      'ReviewRejected',
    ]);
  });

  it('take back what they allowed, and people are asked who were not before', () => {
    const story = Story.of(start(alone, { rules, content: cheap }), resubmit(dear, { rules }));
    expect(story.review.status).toBe('in_review');
    expect(story.find('StepStarted').assignments).toHaveLength(1);
    expect(story.and(approve('ann', { revision: 2 })).and(approve('mia', { revision: 2 })).review.status).toBe(
      'approved',
    );
  });

  it('do not decide again what somebody takes back', () => {
    const approved = Story.of(start(alone, { rules, content: cheap }), reopen());
    expect(approved.review.status).toBe('in_review');
    expect(approved.and(approve('ann')).and(approve('mia')).review.status).toBe('approved');
    expect(Story.of(start(alone, { rules, content: banned }), reopen()).review.status).toBe('in_review');
  });

  it('keep the people who were asked before the rules allowed it', () => {
    const asked = definition(step('check', { ...auto, assignees: [user('ann'), user('bob')], rule: { count: 2 } }));
    const story = Story.of(
      start(asked, { rules, content: dear }),
      resubmit(cheap, { rules }),
      resubmit(dear, { rules }),
    );
    const [first] = story.started.executions;
    expect(story.started.executions.at(-1)?.assignments).toEqual(first?.assignments);
  });
});

describe('Automatic rules in shadow', () => {
  const outcome = fc.constantFrom(...RULE_OUTCOMES);
  const when = fc.constantFrom(small.when!, sanctioned.when!, { exists: 'country' }, { cel: 'amountMinor > 5' });
  const content = fc.constantFrom(cheap, dear, banned, { ...loan });

  it('are recorded and change nothing', () =>
    fc.assert(
      fc.property(outcome, when, content, fc.boolean(), (says, condition, about, whole) => {
        const shadowed = rulesOf({ name: 'new', when: condition, outcome: says, mode: 'shadow' }, sanctioned, small);
        const workflow = whole ? alone : mixed;
        const told = (pinned: typeof rules): readonly ReviewCommand[] => [
          start(workflow, { rules: pinned, content: about, commandId: 'start' }),
        ];
        const types = (story: Story) => story.events.map(({ type }) => type);
        const plain = Story.of(...told(rules));
        const shadow = Story.of(...told(shadowed));
        expect(types(shadow)).toEqual(types(plain));
        const { outcome: came, decisive } = plain.find('AutoRulesEvaluated');
        expect(shadow.find('AutoRulesEvaluated')).toMatchObject({ outcome: came, decisive });
        expect(shadow.find('AutoRulesEvaluated').shadow).not.toBeNull();
      }),
    ));

  it('that allow are no vote: people decide as if there were no rules', () =>
    fc.assert(
      fc.property(content, fc.array(fc.constantFrom('ann', 'bob', 'mia', 'max'), { maxLength: 4 }), (about, people) => {
        const workflow = definition(
          step('check', { rule: { count: 2 }, floor: 2 }),
          step('sign', { assignees: [manager()] }),
        );
        const outcomes = [undefined, rulesOf({ name: 'all', outcome: 'approve' })].map((pinned) =>
          people.reduce(
            (story, person) => {
              try {
                return story.and(approve(person));
              } catch {
                return story;
              }
            },
            Story.of(start(workflow, { ...(pinned && { rules: pinned }), content: about })),
          ),
        );
        const [without, allowed] = outcomes.map(({ events }) =>
          events.map(({ type }) => type).filter((type) => type !== 'AutoRulesEvaluated'),
        );
        expect(allowed).toEqual(without);
      }),
    ));
});
