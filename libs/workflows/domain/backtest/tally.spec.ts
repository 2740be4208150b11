import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { evaluateRuleset, type Ruleset } from '#libs/kernel/domain/ruleset';
import type { Recorded } from '#libs/kernel/domain/message';
import { recordedEvents } from '#libs/testing/read-model';
import { normaliseRuleset } from '../rulesets/normalise-ruleset.js';
import { Tally, type Past, type PastEvent } from './tally.js';

const rules = normaliseRuleset({
  key: 'k',
  match: 'first',
  rules: [
    { name: 'banned', when: { eq: ['country', 'XX'] }, outcome: 'reject' },
    { name: 'small', when: { lte: ['amount', 100] }, outcome: 'approve' },
    { name: 'never', when: { eq: ['country', 'nowhere'] }, outcome: 'review' },
  ],
});

const started = (id: string, content: object, key = 'loans') => ({
  type: 'ReviewStarted',
  data: { reviewId: id, workflow: { key }, revision: { content } },
  streamId: `review-${id}`,
});
const revised = (id: string, content: object) => ({
  type: 'SubjectRevised',
  data: { revision: { content } },
  streamId: `review-${id}`,
});
const ended = (id: string, type: string) => ({ type, data: {}, streamId: `review-${id}` });
type Told = ReturnType<typeof started> | ReturnType<typeof revised> | ReturnType<typeof ended>;

const recorded = (told: readonly Told[]) => recordedEvents(told as never) as unknown as Recorded<PastEvent>[];

function over(told: readonly Told[], { ruleset = rules, past = {} as Past, most = 1_000 } = {}) {
  const tally = new Tally(ruleset as Ruleset, past, most);
  const events = recorded(told);
  const flips = events.flatMap((event, n) => {
    let taken = tally.take(event);
    if (taken === 'forgotten') {
      tally.recall(events.slice(0, n).filter(({ streamId }) => streamId === event.streamId));
      taken = tally.take(event);
    }
    return taken === undefined || taken === 'forgotten' ? [] : [taken];
  });
  return { flips, result: tally.result };
}

const small = { amount: 50, country: 'CH' };
const large = { amount: 500, country: 'CH' };
const banned = { amount: 50, country: 'XX' };

describe('A backtest', () => {
  it('counts what the rules would have done, and names what would have ended the other way', () => {
    const { flips, result } = over([
      started('a', small),
      started('b', small),
      started('c', banned),
      started('d', large),
      ended('a', 'ReviewApproved'),
      ended('b', 'ReviewRejected'),
      ended('c', 'ReviewApproved'),
      ended('d', 'ReviewRejected'),
    ]);
    expect(flips.map(({ reviewId, was, would, rule }) => [reviewId, was, would, rule])).toEqual([
      ['b', 'rejected', 'approve', 'small'],
      ['c', 'approved', 'reject', 'banned'],
    ]);
    expect(result).toEqual({
      decisions: 4,
      flips: 2,
      same: 1,
      left: 1,
      outcomes: {
        approved: { approve: 1, reject: 1, review: 0 },
        rejected: { approve: 1, reject: 0, review: 1 },
      },
      rules: [
        { name: 'banned', decided: 1 },
        { name: 'small', decided: 2 },
        { name: 'never', decided: 0 },
      ],
    });
  });

  it('asks about the content that was decided', () =>
    expect(
      over([started('a', large), revised('a', small), ended('a', 'ReviewRejected')]).flips.map(({ would }) => would),
    ).toEqual(['approve']));

  it('leaves out what nobody decided, and counts again what was decided again', () => {
    const { result } = over([
      started('a', small),
      started('b', small),
      started('c', small),
      ended('a', 'ReviewWithdrawn'),
      ended('b', 'ReviewExpired'),
      ended('c', 'ReviewRejected'),
      ended('c', 'ReviewApproved'),
    ]);
    expect(result).toMatchObject({ decisions: 2, flips: 1, same: 1 });
  });

  it('knows nothing of what was erased', () =>
    expect(over([started('a', { $erased: true }), ended('a', 'ReviewApproved')]).result).toMatchObject({ left: 1 }));

  it('looks at one workflow, or one time, when it is told to', () => {
    const told = [
      started('a', small, 'cards'),
      started('b', small),
      ended('a', 'ReviewRejected'),
      ended('b', 'ReviewRejected'),
    ];
    expect(over(told, { past: { workflow: 'cards' } }).flips.map(({ reviewId }) => reviewId)).toEqual(['a']);
    const [, , at] = recorded(told);
    const later = new Date(Date.parse(at!.recordedAt) + 1).toISOString();
    expect(
      over(told, { past: { from: later } }).result.decisions + over(told, { past: { to: later } }).result.decisions,
    ).toBe(2);
    expect(over(told, { past: { to: '2000-01-01T00:00:00.000Z' } }).result.decisions).toBe(0);
  });

  it('takes rules in shadow for enforced when it is told to', () => {
    const shadowed = { ...rules, rules: rules.rules.map((rule) => ({ ...rule, mode: 'shadow' as const })) };
    const told = [started('a', small), ended('a', 'ReviewRejected')];
    expect(over(told, { ruleset: shadowed }).result).toMatchObject({ left: 1, flips: 0 });
    expect(over(told, { ruleset: shadowed, past: { shadow: true } }).result).toMatchObject({ left: 0, flips: 1 });
  });

  it('comes out the same however little it remembers', () => {
    const content = fc.constantFrom(small, large, banned);
    const end = fc.constantFrom('ReviewApproved', 'ReviewRejected', 'ReviewWithdrawn');
    const reviews = fc.array(fc.record({ first: content, second: fc.option(content), end }), { maxLength: 12 });
    fc.assert(
      fc.property(reviews, fc.integer({ min: 1, max: 4 }), (drawn, most) => {
        const told: Told[] = [
          ...drawn.map(({ first }, i) => started(`r${i}`, first)),
          ...drawn.flatMap(({ second }, i) => (second ? [revised(`r${i}`, second)] : [])),
          ...drawn.map(({ end: how }, i) => ended(`r${i}`, how)),
        ];
        const forgetful = over(told, { most });
        expect(forgetful).toEqual(over(told));
        const expected = drawn.filter(({ first, second, end: how }) => {
          const { outcome } = evaluateRuleset(rules, second ?? first);
          return how === 'ReviewApproved' ? outcome === 'reject' : how === 'ReviewRejected' && outcome === 'approve';
        });
        expect(forgetful.result.flips).toBe(expected.length);
      }),
    );
  });

  it('does not grow with the past: of 20,000 reviews of 10 KB each, half of them open for ever, it keeps no content', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const inUse = () => (collectGarbage(), process.memoryUsage().heapUsed);
    const tally = new Tally(rules, {}, 1_000);
    const take = (told: Told) => tally.take(recorded([told])[0]!);
    const before = inUse();
    for (let n = 0; n < 20_000; n++) {
      take(started(`r${n}`, { ...small, notes: Buffer.alloc(10_000, `${n} `).toString('latin1') }));
      if (n % 2 === 0) take(ended(`r${n}`, 'ReviewRejected'));
    }
    const grown = inUse() - before;
    expect(tally.result).toMatchObject({ decisions: 10_000, flips: 10_000 });
    expect(grown).toBeLessThan(20 * 2 ** 20);
  });
});
