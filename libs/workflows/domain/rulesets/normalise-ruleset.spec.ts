import fc from 'fast-check';
import { evaluateRuleset, type Ruleset } from '#libs/kernel/domain/ruleset';
import { evaluateCondition, type Condition } from '#libs/kernel/domain/condition';
import type { JsonObject } from '#libs/kernel/domain/json';
import { DefinitionInvalid } from '../workflow.errors.js';
import { normaliseRuleset } from './normalise-ruleset.js';

const faultsOf = (plain: unknown) => {
  try {
    normaliseRuleset(plain);
  } catch (error) {
    if (error instanceof DefinitionInvalid) return error.faults.map(({ pointer, code }) => `${pointer} ${code}`);
    throw error;
  }
  return [];
};

describe('the plain form of rules', () => {
  const plain = {
    key: 'loan-auto',
    name: 'Loans',
    rules: [
      {
        name: 'small',
        when: [
          { path: 'amountMinor', op: 'lte', value: '50000' },
          { path: 'currency', op: 'in', value: ['CHF', 'EUR'] },
          { path: 'blocked', op: 'exists', value: false },
        ],
        outcome: 'approve',
        reason: 'Small',
      },
      { name: 'signed', when: [{ path: 'signedAt', op: 'exists' }], outcome: 'review' },
      { name: 'else', when: [], outcome: 'reject', mode: 'shadow' },
    ],
  };
  const normal: Ruleset = {
    key: 'loan-auto',
    name: 'Loans',
    match: 'first',
    rules: [
      {
        name: 'small',
        when: {
          and: [
            { lte: ['amountMinor', '50000'] },
            { in: ['currency', ['CHF', 'EUR']] },
            { not: { exists: 'blocked' } },
          ],
        },
        outcome: 'approve',
        reason: 'Small',
        mode: 'enforce',
      },
      { name: 'signed', when: { exists: 'signedAt' }, outcome: 'review', mode: 'enforce' },
      { name: 'else', outcome: 'reject', mode: 'shadow' },
    ],
  };

  it('becomes conditions that are asked in their order', () => expect(normaliseRuleset(plain)).toEqual(normal));
  it('is one with its normal form', () => expect(normaliseRuleset(normal)).toEqual(normal));

  it('never approves by an empty list of rows', () => {
    const saying = (outcome: string, when?: unknown) =>
      faultsOf({ ...plain, rules: [{ name: 'all', outcome, ...(when !== undefined && { when }) }] });
    expect([saying('approve', []), saying('allow', [])]).toEqual(Array(2).fill(['/rules/0/when required']));
    expect([saying('approve'), saying('reject', []), saying('review', [])]).toEqual([[], [], []]);
  });

  it('compares with null where it is written', () =>
    expect(
      normaliseRuleset({
        ...plain,
        rules: [{ name: 'a', when: [{ path: 'x', op: 'eq', value: null }], outcome: 'review' }],
      }).rules[0]?.when,
    ).toEqual({ eq: ['x', null] }));

  const value = fc.constantFrom<JsonObject[string]>('1', 1, '1.0', 2, '2.5', 'CHF', true, false, null, '007');
  const row = fc.oneof(
    fc.record({ path: fc.constantFrom('a', 'b.c'), op: fc.constantFrom('eq', 'ne'), value }),
    fc.record({
      path: fc.constantFrom('a', 'b.c'),
      op: fc.constantFrom('lt', 'lte', 'gt', 'gte'),
      value: fc.constantFrom<JsonObject[string]>(1, '2.0', '-3'),
    }),
    fc.record({ path: fc.constantFrom('a', 'b.c'), op: fc.constant('in'), value: fc.array(value, { maxLength: 3 }) }),
    fc.record({ path: fc.constantFrom('a', 'b.c', 'd'), op: fc.constant('exists'), value: fc.boolean() }),
  );
  const some = fc.record({ a: value, b: fc.record({ c: value }) }, { requiredKeys: [] });

  it('says what the same rules say as trees', () =>
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 3 }),
        fc.constantFrom('approve', 'reject', 'review'),
        some,
        (rows, outcome, facts) => {
          fc.pre(rows.length > 0 || outcome !== 'approve');
          const tree = rows.map(({ path, op, value: against }): Condition => {
            if (op !== 'exists') return { [op]: [path, against] } as unknown as Condition;
            return against === false ? { not: { exists: path } } : { exists: path };
          });
          const written = (rule: object) => normaliseRuleset({ key: 'k', rules: [{ name: 'r', outcome, ...rule }] });
          const asRows = evaluateRuleset(written({ when: rows }), facts);
          const asTree = evaluateRuleset(written(tree.length > 0 ? { when: { and: tree } } : {}), facts);
          expect(asRows).toMatchObject({ outcome: asTree.outcome, decisive: asTree.decisive });

          const answers = tree.map((one) => evaluateCondition(one, facts).value);
          const expected = answers.every((one) => one === true) ? outcome : 'review';
          expect(asRows.outcome).toBe(expected);
        },
      ),
    ));
});

describe('the full form of rules', () => {
  it('weighs conditions against each other and knows the words of the lattice', () =>
    expect(
      normaliseRuleset({
        key: 'k',
        facts: { amount: 'decimal' },
        rules: [
          { name: 'a', when: { lt: ['amount', 5] }, outcome: 'allow' },
          { name: 'h', when: { cel: 'amount > 5' }, outcome: 'human' },
          { name: 'd', when: { gt: ['amount', 9] }, outcome: 'deny', mode: 'shadow' },
        ],
      }),
    ).toEqual({
      key: 'k',
      name: 'k',
      facts: { amount: 'decimal' },
      match: 'strictest',
      rules: [
        { name: 'a', when: { lt: ['amount', 5] }, outcome: 'approve', mode: 'enforce' },
        { name: 'h', when: { cel: 'amount > 5' }, outcome: 'review', mode: 'enforce' },
        { name: 'd', when: { gt: ['amount', 9] }, outcome: 'reject', mode: 'shadow' },
      ],
    }));

  it('is asked in its order where that is said', () =>
    expect(
      normaliseRuleset({ key: 'k', match: 'first', rules: [{ name: 'a', when: { exists: 'x' }, outcome: 'approve' }] })
        .match,
    ).toBe('first'));
});

describe('faults of a ruleset', () => {
  it('are all told at once, each at its place', () =>
    expect(
      faultsOf({
        key: 'Loan auto',
        name: ' ',
        ruels: [],
        facts: { amount: 'money', 'a..b': 'text', count: 'integer' },
        match: 'any',
        rules: [
          { name: 'one', when: [{ path: 'count', op: 'gtt', value: 1 }], outcome: 'approve' },
          { name: 'one', when: [{ path: 'cuont', op: 'gt', value: 'many' }], outcome: 'maybe' },
          { when: [{ op: 'eq', value: 1, what: 1 }], outcome: 'reject', mode: 'sometimes' },
          { name: 'in', when: [{ path: 'count', op: 'in', value: [1, 1.5] }, 5], outcome: 'reject' },
          { name: 'no value', when: [{ path: 'count', op: 'eq' }], outcome: 'reject' },
          { name: 'exists', when: [{ path: 'count', op: 'exists', value: 'yes' }], outcome: 'reject' },
          { name: 'list', when: [{ path: 'count', op: 'in', value: 'x' }], outcome: 'reject' },
          { name: 'tree', when: { and: [{ gt: ['count', 'x'] }] }, outcome: 'reject' },
          'rule',
        ],
      }),
    ).toEqual([
      '/ruels unknown-member',
      '/key bad-format',
      '/name required',
      '/facts/amount unknown-value',
      '/facts/a..b bad-format',
      '/rules/0/when/0/op unknown-value',
      '/rules/1/outcome unknown-value',
      '/rules/1/when/0/path unknown-value',
      '/rules/1/when/0/value bad-format',
      '/rules/1/name duplicate',
      '/rules/2/name required',
      '/rules/2/mode unknown-value',
      '/rules/2/when/0/what unknown-member',
      '/rules/2/when/0/path required',
      '/rules/3/when/0/value/1 wrong-type',
      '/rules/3/when/1 wrong-type',
      '/rules/4/when/0/value required',
      '/rules/5/when/0/value wrong-type',
      '/rules/6/when/0/value wrong-type',
      '/rules/7/when/and/0/gt/1 bad-format',
      '/rules/8 wrong-type',
      '/match unknown-value',
    ]));

  it('are found where there is nothing', () => {
    expect(faultsOf({})).toEqual(['/key required', '/rules required']);
    expect(faultsOf({ key: 'k', rules: [] })).toEqual(['/rules required']);
    expect(faultsOf([])).toEqual([' wrong-type']);
    expect(faultsOf({ key: 'k', rules: 'x' })).toEqual(['/rules wrong-type']);
  });

  it('has a limit to the work of all rules together', () => {
    const when = { or: Array.from({ length: 99 }, () => ({ exists: 'a' })) };
    const rules = Array.from({ length: 11 }, (_, i) => ({ name: `r${i}`, when, outcome: 'review' }));
    expect(faultsOf({ key: 'k', rules })).toEqual(['/rules too-many']);
    expect(faultsOf({ key: 'k', rules: rules.slice(0, 10) })).toEqual([]);
    expect(faultsOf({ key: 'k', rules: Array.from({ length: 101 }, () => ({})) })).toEqual(['/rules too-many']);
  });

  it('never ends in anything but a ruleset or faults', () =>
    fc.assert(
      fc.property(fc.jsonValue(), (plain) => {
        faultsOf(plain);
        faultsOf({ key: 'k', rules: plain });
        faultsOf({ key: 'k', rules: [{ name: 'r', outcome: 'approve', when: plain }] });
        faultsOf({ key: 'k', facts: plain, rules: [{ name: 'r', outcome: 'approve', when: [plain] }] });
      }),
    ));
});
