import fc from 'fast-check';
import Value from 'typebox/value';
import { conditionFaults, isCondition } from './condition-faults.js';
import {
  ConditionSchema,
  ConditionTraceSchema,
  evaluateCondition,
  type Condition,
  type ConditionTrace,
  type Truth,
} from './condition.js';
import type { JsonObject } from './json.js';

const facts: JsonObject = {
  amountMinor: '2500000.50',
  count: 3,
  currency: 'EUR',
  account: '007',
  urgent: true,
  closedAt: null,
  applicant: { age: 40, 'first.name': 'Ada', tags: ['vip', 'old'] },
  constructor: 'a member like any other',
};
const answer = (condition: Condition, over: JsonObject = facts): Truth => evaluateCondition(condition, over).value;
const doubt = (condition: Condition, over: JsonObject = facts) => evaluateCondition(condition, over).trace.doubt;

describe('conditions: comparing', () => {
  it.each<[Condition, Truth]>([
    [{ eq: ['amountMinor', '2500000.5'] }, true],
    [{ eq: ['count', '3.0'] }, true],
    [{ eq: ['currency', 'EUR'] }, true],
    [{ eq: ['currency', 'eur'] }, false],
    [{ eq: ['urgent', true] }, true],
    [{ eq: ['urgent', false] }, false],
    [{ ne: ['currency', 'USD'] }, true],
    [{ ne: ['count', 3] }, false],
    [{ lt: ['amountMinor', '2500000.51'] }, true],
    [{ lt: ['amountMinor', '2500000.50'] }, false],
    [{ lte: ['amountMinor', '2500000.50'] }, true],
    [{ gt: ['amountMinor', 2500000] }, true],
    [{ gt: ['amountMinor', '2500000.5'] }, false],
    [{ gte: ['amountMinor', '2500000.5'] }, true],
    [{ in: ['currency', ['USD', 'EUR']] }, true],
    [{ in: ['count', ['1', '3.00']] }, true],
    [{ in: ['currency', ['USD']] }, false],
    [{ in: ['currency', []] }, false],
    [{ exists: 'applicant.age' }, true],
    [{ exists: 'applicant.height' }, false],
    [{ exists: 'applicant.age.years' }, false],
  ])('%j is %s', (condition, expected) => expect(answer(condition)).toBe(expected));

  it('compares account numbers and codes as text', () => {
    expect(answer({ eq: ['account', '007'] })).toBe(true);
    expect(answer({ eq: ['account', 7] })).toBe(false);
    expect(doubt({ gt: ['account', 1] })).toBe('not-comparable');
  });

  it('does not know what is missing, of another kind, or not ordered', () => {
    expect(doubt({ eq: ['missing', 1] })).toBe('missing');
    expect(doubt({ ne: ['missing', 1] })).toBe('missing');
    expect(doubt({ in: ['missing', [1]] })).toBe('missing');
    expect(doubt({ gt: ['currency', 5] })).toBe('not-comparable');
    expect(doubt({ eq: ['urgent', 'true'] })).toBe('not-comparable');
    expect(doubt({ eq: ['applicant', 'Ada'] })).toBe('not-comparable');
    expect(doubt({ in: ['applicant.tags', ['vip']] })).toBe('not-comparable');
  });

  it('takes null for no value: it exists not, and equals only null', () => {
    expect(answer({ exists: 'closedAt' })).toBe(false);
    expect(answer({ eq: ['closedAt', null] })).toBe(true);
    expect(answer({ eq: ['currency', null] })).toBe(false);
    expect(doubt({ eq: ['closedAt', '2026-01-01'] })).toBe('not-comparable');
  });

  it('finds members by dotted path and by pointer, and nothing that the facts do not hold themselves', () => {
    expect(answer({ eq: ['/applicant/age', 40] })).toBe(true);
    expect(answer({ eq: ['/applicant/first.name', 'Ada'] })).toBe(true);
    expect(answer({ eq: ['applicant.tags.1', 'old'] })).toBe(true);
    expect(answer({ exists: 'applicant.tags.length' })).toBe(false);
    expect(answer({ exists: 'toString' })).toBe(false);
    expect(answer({ exists: 'applicant.__proto__' })).toBe(false);
    expect(answer({ eq: ['constructor', 'a member like any other'] })).toBe(true);
    expect(answer({ eq: ['/a~1b/c~0d', 1] }, { 'a/b': { 'c~d': 1 } })).toBe(true);
  });

  it('does not know what was erased, not even whether it was there', () => {
    const erased = { $erased: true } as const;
    expect(evaluateCondition({ exists: 'amountMinor' }, erased).trace).toMatchObject({
      value: 'unknown',
      doubt: 'erased',
    });
    expect(evaluateCondition({ cel: 'true' }, erased).trace).toMatchObject({ value: 'unknown', doubt: 'erased' });
    expect(doubt({ eq: ['applicant.age', 1] }, { applicant: erased })).toBe('erased');
  });

  it('does not know a fact of another type than declared', () => {
    const declared = { count: 'text', amountMinor: 'decimal', currency: 'text' } as const;
    expect(evaluateCondition({ eq: ['count', 3] }, facts, { declared }).trace.doubt).toBe('mistyped');
    expect(evaluateCondition({ gt: ['amountMinor', 3] }, facts, { declared }).value).toBe(true);
    expect(evaluateCondition({ cel: 'count == "3"' }, facts, { declared }).value).toBe('unknown');
  });
});

const truths: readonly Truth[] = [true, false, 'unknown'];
const said: Record<string, Condition> = { true: { eq: ['a', 1] }, false: { eq: ['a', 2] }, unknown: { eq: ['b', 1] } };
const saying = (truth: Truth): Condition => said[String(truth)]!;
const kleene = { false: 0, unknown: 1, true: 2 } as const;
const rank = (truth: Truth) => kleene[String(truth) as keyof typeof kleene];

describe('conditions: three values', () => {
  it('has the truth tables of Kleene', () => {
    for (const a of truths)
      for (const b of truths) {
        const pair = [saying(a), saying(b)];
        expect(rank(answer({ and: pair }, { a: 1 }))).toBe(Math.min(rank(a), rank(b)));
        expect(rank(answer({ or: pair }, { a: 1 }))).toBe(Math.max(rank(a), rank(b)));
        expect(rank(answer({ not: saying(a) }, { a: 1 }))).toBe(2 - rank(a));
      }
  });

  const leaf = fc.constantFrom<Condition>(
    { eq: ['a', 1] },
    { gt: ['b', '1.5'] },
    { in: ['c', ['x', 2]] },
    { exists: 'b' },
    { cel: 'a > 0' },
  );
  const tree = fc.letrec<{ node: Condition }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })),
      fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })),
      tie('node').map((not) => ({ not })),
    ),
  })).node;
  const value = fc.constantFrom<JsonObject[string]>(0, 1, 2, '1.5', '2', 'x', true, null);
  const some: fc.Arbitrary<JsonObject> = fc.record({ a: value, b: value, c: value }, { requiredKeys: [] });

  it('keeps the laws of De Morgan and of double negation', () =>
    fc.assert(
      fc.property(tree, tree, some, (p, q, over) => {
        expect(answer({ not: { and: [p, q] } }, over)).toBe(answer({ or: [{ not: p }, { not: q }] }, over));
        expect(answer({ not: { not: p } }, over)).toBe(answer(p, over));
      }),
    ));

  it('never turns an answer around when more becomes known', () =>
    fc.assert(
      fc.property(tree, some, value, (p, over, more) => {
        // Existence is about knowing nothing: with it, a new fact may change the answer.
        fc.pre(!JSON.stringify(p).includes('exists'));
        const { b: _, ...less } = over;
        const before = answer(p, less);
        if (before !== 'unknown') expect(answer(p, { ...less, b: more })).toBe(before);
      }),
    ));

  it('answers the same twice, with a trace of the stored shape whose value is the answer', () =>
    fc.assert(
      fc.property(tree, some, (p, over) => {
        expect(isCondition(p)).toBe(true);
        expect(Value.Check(ConditionSchema, p)).toBe(true);
        const first = evaluateCondition(p, over);
        expect(evaluateCondition(p, over)).toEqual(first);
        expect(first.trace.value).toBe(first.value);
        expect(Value.Check(ConditionTraceSchema, first.trace)).toBe(true);
        expect(JSON.parse(JSON.stringify(first.trace))).toEqual(first.trace);
      }),
    ));

  it('shows every part with what it saw, also those that no longer mattered', () =>
    expect(
      evaluateCondition({ or: [{ eq: ['currency', 'EUR'] }, { gt: ['rate', '1.5'] }, { cel: 'count > 2' }] }, facts)
        .trace,
    ).toEqual<ConditionTrace>({
      op: 'or',
      value: true,
      of: [
        { op: 'eq', value: true, path: 'currency', operand: 'EUR', against: 'EUR' },
        { op: 'gt', value: 'unknown', path: 'rate', against: '1.5', doubt: 'missing' },
        { op: 'cel', value: true, cel: 'count > 2' },
      ],
    }));

  it('cuts long texts in the trace', () =>
    expect(evaluateCondition({ exists: 'text' }, { text: 'a'.repeat(5_000) }).trace.operand).toHaveLength(201));
});

describe('conditions in CEL', () => {
  it.each<[string, Truth]>([
    ['count > 2 && currency == "EUR"', true],
    ['applicant.age < 18', false],
    ['decimal(amountMinor) > decimal("2500000.499")', true],
    ['decimal(amountMinor) > 2500000 && 3 < decimal(amountMinor)', true],
    ['decimal(amountMinor) == decimal("2500000.5")', true],
    ['decimal(amountMinor) != decimal("2500000.5")', false],
    ['applicant.tags.exists(tag, tag == "vip")', true],
    ['applicant.tags.filter(tag, tag.startsWith("o")).size() == 1', true],
    ['"vip" in applicant.tags', true],
    ['has(applicant.height)', false],
    ['constructor == "a member like any other"', true],
    ['missing > 3', 'unknown'],
    ['missing > 3 || true', true],
    ['applicant.height > 3', 'unknown'],
    ['decimal(currency) > 3', 'unknown'],
    ['account > 3', 'unknown'],
    ['applicant.age', 'unknown'],
    ['toString', 'unknown'],
    ['9223372036854775807 + count > 0', 'unknown'],
    ['count / 0 == 1', 'unknown'],
  ])('%s is %s', (cel, expected) => expect(answer({ cel })).toBe(expected));

  it('compares decimals as declared, without a word about them in the expression', () =>
    expect(
      evaluateCondition({ cel: 'amountMinor >= 2500000' }, facts, { declared: { amountMinor: 'decimal' } }).value,
    ).toBe(true));

  it.each([
    ['a +', 'syntax'],
    ['currency.matches("(a+)+$")', 'matches'],
    ['a > 1.5', 'float'],
    ['double("1") > a', 'double'],
    ['timestamp("2026-01-01T00:00:00Z") > a', 'timestamp'],
    ['xs.map(x, x + 1) == xs', 'map'],
    ['xs.exists(x, xs.exists(y, x == y))', 'inside'],
    ['cel.bind(t, a + a, t == t)', 'bind'],
    ['1 + 2', 'true or false'],
    ['"a" + 1 == a', 'overload'],
    [`a == ${'1 + '.repeat(120)}1`, ''],
    [`a == "${'x'.repeat(1_000)}"`, 'characters'],
  ])('refuses %s at publish', (cel, why) => {
    const [fault, ...more] = conditionFaults({ cel }, '/when');
    expect(more).toEqual([]);
    expect(fault).toMatchObject({ pointer: '/when/cel', code: 'bad-format' });
    if (why !== 'syntax') expect(fault?.detail).toContain(why);
    expect(answer({ cel })).toBe('unknown');
  });

  it('knows the declared facts only, and their types', () => {
    const declared = { amountMinor: 'decimal', 'applicant.age': 'integer' } as const;
    expect(conditionFaults({ cel: 'amountMinor > 5 && applicant.age > 17' }, '', declared)).toEqual([]);
    expect(conditionFaults({ cel: 'amount > 5' }, '', declared)).toHaveLength(1);
    expect(conditionFaults({ cel: 'amountMinor == "5"' }, '', declared)).toHaveLength(1);
  });

  it('does not know rather than work for long', () => {
    const xs = Array.from({ length: 5_000 }, (_, i) => `value ${i}`);
    expect(doubt({ cel: 'xs.all(x, xs == xs || xs == xs)' }, { xs })).toBe('too-much');
    expect(answer({ cel: 'xs.exists(x, x == "value 19")' }, { xs: xs.slice(0, 20) })).toBe(true);
  });

  it('does no more work for many expressions than for one', () => {
    const xs = Array.from({ length: 2_000 }, (_, i) => i);
    const walk = { cel: 'xs.all(x, xs == xs)' };
    const doubts = (many: number) =>
      evaluateCondition({ or: Array.from({ length: many }, () => ({ not: walk })) }, { xs }).trace.of!.map(
        ({ of }) => of![0]!.doubt,
      );
    expect(doubts(1)).toEqual([undefined]);
    expect(new Set(doubts(50))).toEqual(new Set(['too-much']));
    expect(evaluateCondition(walk, { xs }, { expressions: 50 }).trace.doubt).toBe('too-much');
    const text = { notes: 'a'.repeat(200_000) };
    const plain = Array.from({ length: 100 }, (_, i) => ({ cel: `notes != "${i}" && size(notes) > ${i}` }));
    expect(evaluateCondition({ and: plain }, text).value).toBe(true);
  });

  it('does not look for one long text in another: at worst that takes as long as both are, multiplied', () => {
    const notes = 'a'.repeat(170_000);
    const word = `${'a'.repeat(40_000)}b${'a'.repeat(40_000)}`;
    expect(doubt({ cel: 'notes.contains(word)' }, { notes, word })).toBe('too-much');
    expect(
      doubt({ cel: '(notes + notes + notes).contains(word + word)' }, { notes: notes.slice(0, 20_000), word: 'ab' }),
    ).toBe('too-much');
    expect(answer({ cel: 'notes.contains("ab")' }, { notes })).toBe(false);
    expect(answer({ cel: 'notes.contains(word)' }, { notes: `${notes.slice(0, 20_000)}b`, word: 'ab' })).toBe(true);
  });
});

describe('faults of a condition', () => {
  const codes = (value: unknown, declared?: Parameters<typeof conditionFaults>[2]) =>
    conditionFaults(value, '', declared).map(({ pointer, code }) => `${pointer} ${code}`);

  it('are all told at once, each at its place', () =>
    expect(
      codes({
        and: [
          { gtt: ['amount', 1] },
          { gt: ['amount', 'much'] },
          { eq: ['amount', 1.5] },
          { in: ['currency', 'EUR'] },
          { eq: ['', 1], ne: ['a', 1] },
          { or: [] },
          { not: 'x' },
          {},
          { exists: 'a..b' },
        ],
      }),
    ).toEqual([
      '/and/0/gtt unknown-member',
      '/and/1/gt/1 bad-format',
      '/and/2/eq/1 wrong-type',
      '/and/3/in wrong-type',
      '/and/4 contradiction',
      '/and/4/eq/0 bad-format',
      '/and/5/or required',
      '/and/6/not wrong-type',
      '/and/7 required',
      '/and/8/exists bad-format',
    ]));

  it('has a limit of depth and of parts', () => {
    const nested = (depth: number): unknown => (depth === 1 ? { exists: 'a' } : { not: nested(depth - 1) });
    expect(codes(nested(8))).toEqual([]);
    expect(codes(nested(9))).toEqual([`${'/not'.repeat(8)} out-of-range`]);
    const many = {
      and: Array.from({ length: 3 }, () => ({ or: Array.from({ length: 100 }, () => ({ exists: 'a' })) })),
    };
    expect(codes(many)).toEqual(['/and/1/or/97 too-many']);
  });

  it('knows the declared facts', () =>
    expect(
      codes(
        { and: [{ gt: ['ammount', 1] }, { gt: ['name', 1] }, { eq: ['amount', 1] }] },
        { amount: 'decimal', name: 'text' },
      ),
    ).toEqual(['/and/0/gt/0 unknown-value', '/and/1/gt contradiction']));

  it('finds a fault in everything that the stored shape refuses', () =>
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('eq', 'gt', 'in', 'exists', 'and', 'not', 'cel'), (value, op) => {
        const condition = { [op]: value };
        if (isCondition(condition)) expect(Value.Check(ConditionSchema, condition)).toBe(true);
      }),
    ));
});
