import fc from 'fast-check';
import type { Rule } from '#libs/kernel/domain/workflow-definition';
import { evaluateRule, needsEverybody, type Cast } from './rule.js';

/** y = for, n = against, a = abstaining, . = nothing yet; one letter per assignment. */
const casts = (letters: string, group: string | null = null, weight = 1): Cast[] =>
  letters.split('').map((letter) => ({
    group,
    weight,
    verdict: letter === 'y' ? 'approve' : letter === 'n' ? 'reject' : letter === 'a' ? 'abstain' : null,
  }));

/** y = for, n = against, a = abstaining, . = nothing yet. `failed` is somebody's no, `error` blocks for want of people. */
describe('Rules', () => {
  it.each([
    ['y...', 'pending'],
    ['yy..', 'satisfied'],
    ['yyn.', 'satisfied'],
    ['nn.y', 'pending'],
    ['nnny', 'failed'],
    ['aaa.', 'error'],
    ['aan.', 'failed'],
    ['a.y.', 'pending'],
    ['', 'error'],
  ])('count 2 over %s is %s', (letters, state) => {
    expect(evaluateRule({ count: 2 }, casts(letters)).state).toBe(state);
  });

  it.each([
    ['...', 'pending'],
    ['yy.', 'pending'],
    ['yyy', 'satisfied'],
    ['yya', 'satisfied'],
    ['y.a', 'pending'],
    ['yn.', 'failed'],
    ['aaa', 'error'],
    ['aa.', 'pending'],
  ])('all over %s is %s', (letters, state) => {
    expect(evaluateRule({ all: true }, casts(letters)).state).toBe(state);
  });

  it.each([
    ['n.', 'pending'],
    ['ny', 'satisfied'],
    ['nn', 'failed'],
    ['aa', 'error'],
  ])('any over %s is %s', (letters, state) => {
    expect(evaluateRule({ any: true }, casts(letters)).state).toBe(state);
  });

  it.each([
    ['66.67', 'yy.', 'pending'], // ⌈0.6667 · 3⌉ = 3
    ['66.66', 'yy.', 'satisfied'], // ⌈0.6666 · 3⌉ = 2
    ['66.67', 'yyn', 'failed'],
    ['50', 'yn..', 'pending'],
    ['50', 'yynn', 'satisfied'],
    ['50', 'nnn.', 'failed'],
    ['100', 'yya', 'satisfied'], // who abstains is not counted
    ['100', 'aaa', 'error'],
    ['0.0001', '...', 'pending'], // nothing is satisfied by nobody
    ['50', 'aa.', 'pending'],
  ])('%s%% of those seated over %s is %s', (percent, letters, state) => {
    expect(evaluateRule({ percent, of: 'seated' }, casts(letters)).state).toBe(state);
  });

  it.each([
    ['50', undefined, 'y..', 'pending', 'satisfied'], // open: ⌈0.5 · 3⌉ = 2 are needed; closed: one of one
    ['50', undefined, 'yy..', 'satisfied', 'satisfied'], // whatever the others say
    ['50', undefined, 'yn.', 'pending', 'satisfied'],
    ['50', undefined, 'ynn', 'failed', 'failed'],
    ['50', undefined, 'nn.', 'failed', 'failed'], // whatever the other says
    ['50', undefined, 'ya.', 'satisfied', 'satisfied'], // ⌈0.5 · 2⌉ = 1
    ['50', undefined, '...', 'pending', 'error'],
    ['50', undefined, 'aaa', 'error', 'error'],
    ['50', '75', 'yy..', 'pending', 'error'], // 2 of 4 voted, 3 must
    ['50', '75', 'yyn.', 'satisfied', 'satisfied'],
    ['50', '75', 'yya.', 'satisfied', 'satisfied'], // who abstains has voted
    ['60', '50', 'yynn', 'failed', 'failed'],
    ['60', '50', 'yn..', 'pending', 'failed'],
  ])(
    '%s%% of the votes cast, participation %s, over %s is %s, at the deadline %s',
    (percent, participation, letters, open, closed) => {
      const rule = { percent, of: 'cast' as const, ...(participation !== undefined && { participation }) };
      expect(evaluateRule(rule, casts(letters)).state).toBe(open);
      expect(evaluateRule(rule, casts(letters), true).state).toBe(closed);
    },
  );

  it('counts heads under count and weights under weight', () => {
    expect(evaluateRule({ count: 2 }, casts('y.', null, 5))).toMatchObject({ state: 'pending', have: 1, need: 2 });
    expect(evaluateRule({ weight: 5 }, casts('y.', null, 5))).toMatchObject({ state: 'satisfied', have: 5, need: 5 });
  });

  it('asks only the group that a leaf names', () => {
    const both = [...casts('yy', 'credit'), ...casts('.', 'risk')];
    expect(evaluateRule({ any: true, group: 'risk' }, both).state).toBe('pending');
  });

  it('joins leaves with and, and with or', () => {
    const both = [...casts('yy', 'credit'), ...casts('.', 'risk')];
    const [credit, risk] = [
      { count: 2, group: 'credit' },
      { any: true as const, group: 'risk' },
    ];
    expect(evaluateRule({ and: [credit, risk] }, both)).toMatchObject({ state: 'pending', have: 1, need: 2 });
    expect(evaluateRule({ or: [credit, risk] }, both)).toMatchObject({ state: 'satisfied', need: 1 });
    const noRisk = [...casts('yy', 'credit'), ...casts('n', 'risk')];
    expect(evaluateRule({ and: [credit, risk] }, noRisk).state).toBe('failed');
    expect(evaluateRule({ or: [risk] }, noRisk).state).toBe('failed');
  });

  it('weighs under weight and percent', () => {
    const heavy = [...casts('y', null, 3), ...casts('nn', null, 1)];
    expect(evaluateRule({ percent: '60', of: 'seated' }, heavy)).toMatchObject({
      state: 'satisfied',
      have: 3,
      need: 3,
    });
    expect(evaluateRule({ weight: 4 }, heavy)).toMatchObject({ state: 'failed', have: 3, need: 4 });
    expect(evaluateRule({ count: 2 }, heavy).state).toBe('failed');
  });

  it('blocks where people are missing, and rejects where somebody said no, at the leaf it concerns', () => {
    const credit = { count: 2, group: 'credit' };
    const risk = { any: true as const, group: 'risk' };
    const noCredit = [...casts('n.', 'credit'), ...casts('.', 'risk')];
    const noRiskPeople = casts('y.', 'credit');
    expect(evaluateRule({ and: [credit, risk] }, noCredit).state).toBe('failed');
    expect(evaluateRule({ and: [credit, risk] }, noRiskPeople).state).toBe('error');
    expect(evaluateRule({ and: [credit, risk] }, casts('n.', 'credit')).state).toBe('failed');
    expect(evaluateRule({ or: [credit, risk] }, noCredit).state).toBe('pending');
    expect(evaluateRule({ or: [credit, risk] }, casts('n.', 'credit')).state).toBe('error'); // risk could be routed
    expect(evaluateRule({ or: [credit, risk] }, casts('yy', 'credit')).state).toBe('satisfied');
  });

  it('proves itself node by node', () => {
    const rule = { and: [{ count: 1 }, { percent: '33', of: 'cast' as const, participation: '50' }] };
    expect(evaluateRule(rule, casts('yna.'))).toEqual({
      rule,
      state: 'satisfied',
      have: 2,
      need: 2,
      nodes: [
        {
          rule: rule.and[0],
          state: 'satisfied',
          have: 1,
          need: 1,
          votes: { seated: 4, yes: 1, no: 1, abstained: 1, open: 1 },
        },
        {
          rule: rule.and[1],
          state: 'satisfied',
          have: 1,
          need: 1,
          votes: { seated: 4, yes: 1, no: 1, abstained: 1, open: 1 },
          participation: { have: 3, need: 2 },
        },
      ],
    });
  });

  it('knows which rules need everybody', () => {
    expect(needsEverybody({ and: [{ count: 1 }, { or: [{ all: true }] }] })).toBe(true);
    expect(needsEverybody({ count: 1 })).toBe(false);
  });
});

/** Whatever the votes still out turn out to be. */
function* completions(votes: readonly Cast[]): Generator<readonly Cast[]> {
  const open = votes.findIndex(({ verdict }) => verdict === null);
  if (open < 0) return yield votes;
  for (const verdict of ['approve', 'reject', 'abstain'] as const)
    yield* completions(votes.with(open, { ...votes[open]!, verdict }));
}

const share = fc.constantFrom('0.0001', '33.3333', '50', '66.67', '100');
const leaf = fc
  .tuple(
    fc.oneof(
      fc.constantFrom<Rule>({ any: true }, { all: true }, { count: 2 }, { count: 3 }, { weight: 2 }, { weight: 5 }),
      share.map((percent): Rule => ({ percent, of: 'seated' })),
      fc
        .tuple(share, fc.option(share))
        .map(([percent, cast]): Rule => ({ percent, of: 'cast', ...(cast !== null && { participation: cast }) })),
    ),
    fc.constantFrom(undefined, 'a', 'b'),
  )
  .map(([rule, group]): Rule => (group === undefined ? rule : { ...rule, group }));
const anyRule = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
    fc.array(tie('rule'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
  ),
})).rule;
const someCasts = fc.array(
  fc.record({
    group: fc.constantFrom('a', 'b'),
    weight: fc.integer({ min: 1, max: 3 }),
    verdict: fc.constantFrom(null, 'approve' as const, 'approve' as const, 'reject' as const, 'abstain' as const),
  }),
  { maxLength: 5 },
);

describe('Whatever the rule and the votes', () => {
  const final = (rule: Rule, votes: readonly Cast[]) =>
    [...completions(votes)].map((all) => evaluateRule(rule, all, true).state);

  it('an outcome told early is the outcome of every way the votes still out can go', () =>
    fc.assert(
      fc.property(anyRule, someCasts, (rule, votes) => {
        const { state } = evaluateRule(rule, votes);
        if (state === 'satisfied') expect(new Set(final(rule, votes))).toEqual(new Set(['satisfied']));
        if (state === 'failed' || state === 'error') expect(final(rule, votes)).not.toContain('satisfied');
        if (state === 'pending') expect(final(rule, votes)).toContain('satisfied');
      }),
      { numRuns: 2_000 },
    ));

  it('the last vote settles it, and nothing is satisfied by nobody', () =>
    fc.assert(
      fc.property(anyRule, someCasts, (rule, votes) => {
        for (const all of completions(votes)) {
          const { state } = evaluateRule(rule, all);
          expect(state).not.toBe('pending');
          if (!all.some(({ verdict }) => verdict === 'approve')) expect(state).not.toBe('satisfied');
          if (!all.some(({ verdict }) => verdict === 'reject')) expect(state).not.toBe('failed');
        }
      }),
      { numRuns: 500 },
    ));
});
