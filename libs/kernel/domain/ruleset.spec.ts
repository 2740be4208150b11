import fc from 'fast-check';
import Value from 'typebox/value';
import type { Condition, Truth } from './condition.js';
import type { JsonObject } from './json.js';
import {
  evaluateRuleset,
  RULE_MODES,
  RULE_OUTCOMES,
  RulesetSchema,
  RuleTraceSchema,
  type AutoRule,
  type RuleMatch,
  type RuleOutcome,
  type Ruleset,
} from './ruleset.js';

/** A condition that answers this of the facts `{a: 1}`. */
const saying: Record<string, Condition> = {
  true: { eq: ['a', 1] },
  false: { eq: ['a', 2] },
  unknown: { eq: ['b', 1] },
};
const facts: JsonObject = { a: 1 };

const rule = (name: string, truth: Truth | null, outcome: RuleOutcome, more: Partial<AutoRule> = {}): AutoRule => ({
  name,
  ...(truth !== null && { when: saying[String(truth)]! }),
  outcome,
  mode: 'enforce',
  ...more,
});
const ruleset = (match: RuleMatch, ...rules: AutoRule[]): Ruleset => ({ key: 'auto', name: 'Auto', match, rules });
const says = (match: RuleMatch, ...rules: AutoRule[]) => evaluateRuleset(ruleset(match, ...rules), facts);

describe('rulesets: the first rule that matches', () => {
  it('decides', () =>
    expect(
      says('first', rule('no', false, 'reject'), rule('yes', true, 'approve'), rule('too late', true, 'reject')),
    ).toMatchObject({
      outcome: 'approve',
      decisive: 'yes',
      rules: [{ result: 'unmatched' }, { result: 'matched' }, { result: 'matched' }],
    }));

  it('does no more work for many rules than for one', () => {
    const walk = rule('walk', true, 'approve', { when: { cel: 'xs.all(x, xs == xs)' } });
    const xs = Array.from({ length: 2_000 }, (_, i) => i);
    const asked = (...rules: AutoRule[]) =>
      evaluateRuleset(ruleset('strictest', ...rules), { xs }).rules.map(({ result }) => result);
    expect(asked(walk, { ...walk, name: 'off', mode: 'off' })).toEqual(['matched', 'off']);
    const many = Array.from({ length: 50 }, (_, i) => ({ ...walk, name: `walk ${i}` }));
    expect(new Set(asked(...many))).toEqual(new Set(['unknown']));
  });

  it('leaves it to people when none matches', () =>
    expect(says('first', rule('no', false, 'approve'))).toMatchObject({
      outcome: 'review',
      decisive: null,
      reason: null,
    }));

  it('leaves it to people when one before might have matched', () =>
    expect(
      says('first', rule('perhaps', unknown, 'reject', { reason: 'Why' }), rule('yes', true, 'approve')),
    ).toMatchObject({ outcome: 'review', decisive: 'perhaps', reason: null }));

  it('takes a rule without a condition for everything else', () =>
    expect(
      says('first', rule('no', false, 'reject'), rule('else', null, 'approve', { reason: 'Nothing against it' })),
    ).toMatchObject({ outcome: 'approve', decisive: 'else', reason: 'Nothing against it' }));
});

const unknown = 'unknown' as const;

describe('rulesets: the strictest rule that matches', () => {
  it('is the one that decides: reject beats review beats approve', () => {
    const all = [rule('a', true, 'approve'), rule('h', true, 'review'), rule('d', true, 'reject')];
    expect(says('strictest', ...all)).toMatchObject({ outcome: 'reject', decisive: 'd' });
    expect(says('strictest', all[0]!, all[1]!)).toMatchObject({ outcome: 'review', decisive: 'h' });
    expect(says('strictest', all[0]!)).toMatchObject({ outcome: 'approve', decisive: 'a' });
  });

  it('asks people where a rule is unknown, and still rejects what a known one rejects', () => {
    expect(says('strictest', rule('a', true, 'approve'), rule('d', unknown, 'reject'))).toMatchObject({
      outcome: 'review',
      decisive: 'd',
    });
    expect(says('strictest', rule('d', true, 'reject'), rule('x', unknown, 'approve'))).toMatchObject({
      outcome: 'reject',
      decisive: 'd',
    });
    expect(says('strictest', rule('a', true, 'approve'), rule('x', unknown, 'approve')).outcome).toBe('review');
  });

  it('does not depend on the order of the rules, and more rules never make it milder', () => {
    const strictness = { approve: 0, review: 1, reject: 2 };
    const some = fc.array(
      fc.record({ truth: fc.constantFrom<Truth>(true, false, unknown), outcome: fc.constantFrom(...RULE_OUTCOMES) }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(some, fc.integer(), (drawn, seed) => {
        const rules = drawn.map(({ truth, outcome }, i) => rule(`r${i}`, truth, outcome));
        const { outcome } = says('strictest', ...rules);
        const turned = rules.toSorted((a, b) => (a.name > b.name ? 1 : -1) * (seed % 2 === 0 ? 1 : -1));
        expect(says('strictest', ...turned).outcome).toBe(outcome);
        const [, ...fewer] = rules;
        const before = says('strictest', ...fewer);
        if (before.decisive !== null) expect(strictness[outcome]).toBeGreaterThanOrEqual(strictness[before.outcome]);
      }),
    );
  });

  it('says the same as the first rule when each rule excludes those before it', () => {
    const some = fc.array(
      fc.record({ truth: fc.constantFrom<Truth>(true, false, unknown), outcome: fc.constantFrom(...RULE_OUTCOMES) }),
      { minLength: 1, maxLength: 5 },
    );
    fc.assert(
      fc.property(some, (drawn) => {
        const rules = drawn.map(({ truth, outcome }, i) => rule(`r${i}`, truth, outcome));
        const guarded = rules.map((one, i) => ({
          ...one,
          when: { and: [...rules.slice(0, i).map(({ when }) => ({ not: when! })), one.when!] },
        }));
        expect(says('strictest', ...guarded).outcome).toBe(says('first', ...rules).outcome);
      }),
    );
  });
});

describe('rulesets: modes', () => {
  it('asks rules in shadow and lets them change nothing', () =>
    expect(says('first', rule('new', true, 'reject', { mode: 'shadow' }), rule('old', true, 'approve'))).toMatchObject({
      outcome: 'approve',
      decisive: 'old',
      shadow: { outcome: 'reject', decisive: 'new' },
    }));

  it('does not ask rules that are off', () => {
    const evaluation = says('first', rule('gone', true, 'reject', { mode: 'off' }), rule('old', true, 'approve'));
    expect(evaluation).toMatchObject({ outcome: 'approve', shadow: null, rules: [{ result: 'off' }, {}] });
    expect(evaluation.traces.map(({ rule: name }) => name)).toEqual(['old']);
  });

  it('comes out the same whatever stands in shadow or is off', () => {
    const some = fc.array(
      fc.record({
        truth: fc.constantFrom<Truth>(true, false, unknown),
        outcome: fc.constantFrom(...RULE_OUTCOMES),
        mode: fc.constantFrom(...RULE_MODES),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(some, fc.constantFrom('first' as const, 'strictest' as const), (drawn, match) => {
        const rules = drawn.map(({ truth, outcome, mode }, i) => rule(`r${i}`, truth, outcome, { mode }));
        const whole = says(match, ...rules);
        const { outcome, decisive } = says(match, ...rules.filter(({ mode }) => mode === 'enforce'));
        expect([whole.outcome, whole.decisive]).toEqual([outcome, decisive]);
        const shown = says(
          match,
          ...rules.filter(({ mode }) => mode !== 'off').map((one) => ({ ...one, mode: 'enforce' as const })),
        );
        if (whole.shadow)
          expect([whole.shadow.outcome, whole.shadow.decisive]).toEqual([shown.outcome, shown.decisive]);
        else expect(rules.some(({ mode }) => mode === 'shadow')).toBe(false);
      }),
    );
  });
});

describe('rulesets: traces', () => {
  it('show each rule with its operands', () => {
    const { traces } = says('first', rule('yes', true, 'approve'), rule('perhaps', unknown, 'reject'));
    expect(traces).toEqual([
      { rule: 'yes', trace: { op: 'eq', value: true, path: 'a', operand: 1, against: 1 } },
      { rule: 'perhaps', trace: { op: 'eq', value: 'unknown', path: 'b', against: 1, doubt: 'missing' } },
    ]);
    expect(traces.every((trace) => Value.Check(RuleTraceSchema, trace))).toBe(true);
  });

  it('are as long as an event can hold, results are always there', () => {
    const many = Array.from({ length: 100 }, (_, i) =>
      rule(`r${i}`, null, 'approve', {
        when: { or: Array.from({ length: 100 }, () => ({ eq: ['a', 'x'.repeat(100)] })) },
      }),
    );
    const evaluation = evaluateRuleset(ruleset('first', ...many), { a: 'y'.repeat(1_000) });
    expect(evaluation.rules).toHaveLength(100);
    expect(evaluation.traces.length).toBeGreaterThan(0);
    expect(JSON.stringify(evaluation.traces).length).toBeLessThan(101_000);
  });

  it('know nothing of content that was erased: people decide', () =>
    expect(evaluateRuleset(ruleset('first', rule('yes', true, 'approve')), { $erased: true }).outcome).toBe('review'));

  it('have a shape of rules that is stored', () =>
    expect(
      Value.Check(RulesetSchema, ruleset('first', rule('yes', true, 'approve'), rule('else', null, 'review'))),
    ).toBe(true));
});
