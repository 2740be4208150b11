import Sequencer from '@jest/test-sequencer';

/**
 * Whole journeys first: they are the longest, which neither the size of their files tells nor, on a fresh clone, an
 * earlier run. A worker that began with one at the end would leave the others idle.
 */
export default class JourneysFirst extends Sequencer {
  sort(tests) {
    const isJourney = ({ path, context }) => path.startsWith(`${context.config.rootDir}/test/`);
    const { true: journeys = [], false: others = [] } = Object.groupBy(super.sort(tests), isJourney);
    return [...journeys, ...others];
  }
}
