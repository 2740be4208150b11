// What tests get as `fast-check`. Property tests take the same road in every `npm test`, so that red means changed;
// `npm run test:long` takes others.
import fc from './node_modules/fast-check/lib/fast-check.js';

if (!process.env.RANDOM_SEEDS) fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_122 });

export * from './node_modules/fast-check/lib/fast-check.js';
export default fc;
