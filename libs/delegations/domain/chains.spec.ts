import { chainsFrom, chainsTo, circleOf, everyChainTo, overlapping } from './chains.js';
import { grant, MONDAY, NEXT_MONDAY } from './delegation.examples.js';
import type { Delegation } from './delegation.state.js';
import { covers } from './scope.js';

const over = (...grants: Delegation[]) => ({
  to: (person: string) => grants.filter(({ delegateId }) => delegateId === person),
  by: (person: string) => grants.filter(({ delegatorId }) => delegatorId === person),
});
const everybody = () => true;

describe('Chains of delegations', () => {
  const line = over(grant('ann', 'bob'), grant('bob', 'cid'), grant('cid', 'dot'), grant('dot', 'eve'));

  it('pass a right on three times, and no further', () => {
    expect(chainsTo('eve', line.to, everybody)).toEqual([
      { principal: 'dot', path: ['dot'] },
      { principal: 'cid', path: ['cid', 'dot'] },
      { principal: 'bob', path: ['bob', 'cid', 'dot'] },
    ]);
    expect(chainsFrom('ann', line.by, everybody)).toEqual(['bob', 'cid', 'dot']);
  });

  it('end where somebody has left', () =>
    expect(chainsTo('eve', line.to, (person) => person !== 'cid').map(({ principal }) => principal)).toEqual(['dot']));

  it('in a circle lead nowhere, and never back', () => {
    const circle = over(grant('ann', 'bob'), grant('bob', 'ann'), grant('cid', 'ann'));
    expect(chainsTo('bob', circle.to, everybody).map(({ principal }) => principal)).toEqual(['ann', 'cid']);
    expect(chainsFrom('ann', circle.by, everybody)).toEqual(['bob']);
    expect(everyChainTo('ann', circle.to, everybody).map(({ path }) => path)).toEqual([['bob'], ['cid']]);
  });

  it('cover what all grants on them cover', () => {
    const usd = (amountMinor: string) => ({ amountMinor, currency: 'USD' });
    const grants = over(
      grant('ann', 'bob', { scope: { workflowKeys: ['a', 'b'], maxAmount: usd('500') } }),
      grant('bob', 'cid', { scope: { workflowKeys: ['b', 'c'], maxAmount: { amountMinor: '900', currency: null } } }),
      grant('zoe', 'bob', { scope: { workflowKeys: ['z'] } }),
    );
    expect(everyChainTo('cid', grants.to, everybody)).toEqual([
      {
        principal: 'bob',
        path: ['bob'],
        scope: { workflowKeys: ['b', 'c'], maxAmount: { amountMinor: '900', currency: null } },
      },
      { principal: 'ann', path: ['ann', 'bob'], scope: { workflowKeys: ['b'], maxAmount: usd('500') } },
    ]);
  });

  it('of any number are looked through in bounded time', () => {
    // Everybody delegates to everybody after them: no circle, and more ways through than can be walked.
    const people = Array.from({ length: 60 }, (_, i) => `p${String(i).padStart(2, '0')}`);
    const dense = over(...people.flatMap((a, i) => people.slice(i + 1).map((b) => grant(a, b))));
    const index = new Map(people.map((person) => [person, dense.by(person)]));
    expect(circleOf(grant('zoe', 'p00'), (person) => index.get(person) ?? [])).toBeDefined();
    expect(everyChainTo('p59', dense.to, everybody)).toHaveLength(1_000);
  });
});

describe('Grants of one person', () => {
  it('overlap when they hold at the same time for something in common', () => {
    const week = grant('ann', 'bob');
    const others = [
      grant('ann', 'max', { from: NEXT_MONDAY, until: '2026-12-01T00:00:00.000Z' }),
      grant('ann', 'mia', { from: '2026-11-29T23:59:59.999Z', until: '2026-12-01T00:00:00.000Z' }),
      grant('ann', 'mel', { from: '2026-11-01T00:00:00.000Z', until: MONDAY }),
      { ...grant('ann', 'ada'), revoked: { at: MONDAY, by: 'ann' } },
    ];
    expect(overlapping(week, [week, ...others]).map(({ delegateId }) => delegateId)).toEqual(['mia']);
    const scoped = grant('ann', 'cid', { id: 'x', scope: { stepKeys: ['sign'] } });
    expect(overlapping(scoped, [{ ...week, scope: { stepKeys: ['check'] } }])).toEqual([]);
  });
});

describe('The scope of a grant', () => {
  const matter = { workflowKey: 'loan-approval', stepKey: 'sign', amount: { amountMinor: '100', currency: 'USD' } };

  it('covers everything unless it says otherwise', () => expect(covers({}, { workflowKey: 'x' })).toBe(true));

  it.each([
    [{ workflowKeys: ['loan-approval'] }, true],
    [{ workflowKeys: ['document-release'] }, false],
    [{ stepKeys: ['sign'] }, true],
    [{ stepKeys: ['check'] }, false],
    [{ maxAmount: { amountMinor: '100', currency: null } }, true],
    [{ maxAmount: { amountMinor: '99', currency: null } }, false],
    [{ maxAmount: { amountMinor: '100', currency: 'USD' } }, true],
    [{ maxAmount: { amountMinor: '100', currency: 'EUR' } }, false],
    [{ maxAmount: { amountMinor: '9'.repeat(39), currency: null } }, true],
  ])('%j covers the matter: %s', (scope, expected) => expect(covers(scope, matter)).toBe(expected));

  it('does not cover what is not known', () => {
    expect(covers({ maxAmount: { amountMinor: '100', currency: null } }, { workflowKey: 'x' })).toBe(false);
    expect(covers({ stepKeys: ['sign'] }, { workflowKey: 'x' })).toBe(false);
  });
});
