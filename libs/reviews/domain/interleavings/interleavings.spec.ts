import { exploreAll } from './scenarios.examples.js';

/** Some of the rules; `npm run test:long` takes all. */
const RULES = ['any', 'count 2', 'count 2 of a role', 'all, rejections collected', 'half of the votes cast', 'a veto'];

describe('Commands that arrive at the same moment', () => {
  it('in whatever order they interleave: one outcome, nobody for himself, never by fewer people, and no standstill', () => {
    const { schedules, faults, endings } = exploreAll({
      only: (name) => RULES.some((rule) => name.startsWith(`${rule}:`)),
    });
    expect([...faults]).toEqual([]);
    expect(schedules).toBeGreaterThan(100_000);
    // They do get in each other's way.
    const all = [...endings].join(', ');
    for (const ending of ['step-resolved', 'four-eyes', 'stale-review', 'person-already-counted', 'assignment-filled'])
      expect(all).toContain(`refused: ${ending}`);
  });
});
