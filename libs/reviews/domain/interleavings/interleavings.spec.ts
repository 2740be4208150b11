import { runEach } from './explore.examples.js';
import { attempts, exploreAll } from './scenarios.examples.js';

/** Some of the rules; `npm run test:long` takes all. */
const RULES = ['any', 'count 2', 'count 2 of a role', 'all, rejections collected', 'half of the votes cast', 'a veto'];

const inFigures = (count: number) => count.toLocaleString('en');

describe('Commands that arrive at the same moment', () => {
  it('in whatever order they interleave: one outcome, nobody for himself, never by fewer people, and no standstill', () => {
    const { schedules, faults, endings } = exploreAll({
      only: (name) => RULES.some((rule) => name.startsWith(`${rule}:`)),
    });
    expect([...faults]).toEqual([]);
    expect(schedules).toBeGreaterThan(100_000);
    console.info(
      `${inFigures(schedules)} schedules of four commands counted: what several of them meet in is run once.`,
    );
    // They do get in each other's way.
    const all = [...endings].join(', ');
    const met = ['step-resolved', 'four-eyes', 'stale-review', 'person-already-counted', 'assignment-filled'];
    for (const ending of [...met, 'assignment-transferred']) expect(all).toContain(`refused: ${ending}`);
  });

  it('are counted as they would be run: one by one, each from its beginning, they are as many and end alike', () => {
    const names = Object.keys(attempts).map((attempt) => `count 2: ${attempt}`);
    const cases = [
      { only: (name: string) => names.includes(name), commands: 2 },
      { only: (name: string) => name === 'count 2: people act for others, and for the submitter', commands: 3 },
    ];
    let run = 0;
    for (const small of cases) {
      const each = exploreAll({ ...small, follow: runEach });
      expect(each).toEqual(exploreAll(small));
      expect([...each.faults]).toEqual([]);
      run += each.schedules;
    }
    expect(run).toBeGreaterThan(10_000);
    console.info(`${inFigures(run)} schedules of two and three commands run one by one.`);
  });
});
