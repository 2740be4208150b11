import { evaluateRule, needsEverybody, type Cast } from './rule.js';

/** y = for, n = against, a = abstaining, . = nothing yet; one letter per assignment. */
const casts = (letters: string, group: string | null = null, weight = 1): Cast[] =>
  letters.split('').map((letter) => ({
    group,
    weight,
    verdict: letter === 'y' ? 'approve' : letter === 'n' ? 'reject' : letter === 'a' ? 'abstain' : null,
  }));

describe('Rules', () => {
  it.each([
    ['y...', 'pending'],
    ['yy..', 'satisfied'],
    ['yyn.', 'satisfied'],
    ['nn.y', 'pending'],
    ['nnny', 'failed'],
    ['aaa.', 'failed'],
    ['a.y.', 'pending'],
    ['', 'failed'],
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
    ['aaa', 'failed'],
    ['aa.', 'pending'],
  ])('all over %s is %s', (letters, state) => {
    expect(evaluateRule({ all: true }, casts(letters)).state).toBe(state);
  });

  it.each([
    ['n.', 'pending'],
    ['ny', 'satisfied'],
    ['nn', 'failed'],
    ['aa', 'failed'],
  ])('any over %s is %s', (letters, state) => {
    expect(evaluateRule({ any: true }, casts(letters)).state).toBe(state);
  });

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

  it('lets what cannot be computed block, never pass', () => {
    const percent = { percent: '50', of: 'seated' as const };
    expect(evaluateRule(percent, casts('yy')).state).toBe('error');
    expect(evaluateRule({ or: [percent, { any: true }] }, casts('yy')).state).toBe('error');
  });

  it('knows which rules need everybody', () => {
    expect(needsEverybody({ and: [{ count: 1 }, { or: [{ all: true }] }] })).toBe(true);
    expect(needsEverybody({ count: 1 })).toBe(false);
  });
});
