// CommonJS packages that require Nest meet it already loaded: jest cannot `require` an ES module that is still in a cycle.
import 'reflect-metadata';
await import('@nestjs/common');
await import('@nestjs/core');

// Property tests take the same road in every `npm test`, so that red means changed; `npm run test:long` takes others.
if (!process.env.RANDOM_SEEDS) {
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 20_261_122 });
}
