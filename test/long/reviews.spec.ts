import { runEach } from '#libs/reviews/domain/interleavings/explore.examples';
import { exploreAll } from '#libs/reviews/domain/interleavings/scenarios.examples';
import { foldsAtInstantsAreTrue, simulationsAreReal } from '#libs/reviews/application/simulation-in-earnest.examples';
import {
  eligibilityAgreesWithDecide,
  explanationIsEmptyExactlyWhenATransitionFollows,
  explanationNamesWhoCanAct,
} from '#libs/reviews/domain/views/explanation.properties.examples';

const HOUR = 3_600_000;

/** What `npm test` looks at in small, looked at for long. */
describe('Reviews, looked at for long', () => {
  it(
    '10,000 random scripts, simulated, are what they would have been in earnest',
    () => simulationsAreReal(10_000),
    HOUR,
  );

  it('a past folded at 2,000 random instants', () => foldsAtInstantsAreTrue(2_000), HOUR);

  it(
    'every schedule of four commands on three assignments, under every rule',
    () => {
      const { schedules, faults } = exploreAll();
      expect([...faults]).toEqual([]);
      expect(schedules).toBeGreaterThan(100_000);
    },
    HOUR,
  );

  it(
    'every schedule of three commands under a quorum, one by one, each from its beginning',
    () => {
      const { schedules, faults } = exploreAll({
        only: (name) => name.startsWith('count 2:'),
        commands: 3,
        follow: runEach,
      });
      console.info(`${schedules.toLocaleString('en')} schedules run one by one, none merged with another.`);
      expect([...faults]).toEqual([]);
      expect(schedules).toBeGreaterThanOrEqual(100_000);
    },
    HOUR,
  );

  it(
    'the explanation, and who may act',
    () => {
      explanationIsEmptyExactlyWhenATransitionFollows(5_000);
      explanationNamesWhoCanAct(2_000);
      eligibilityAgreesWithDecide(1_000);
    },
    HOUR,
  );
});
