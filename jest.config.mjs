// Rooms are tested from source (`customExportConditions: source`), every file as an ES module.
const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2024',
        keepClassNames: true,
      },
      module: { type: 'es6' },
    },
  ],
};

const project = (displayName, testMatch, more = {}) => ({
  displayName,
  testMatch,
  testPathIgnorePatterns: ['/node_modules/', '/dist/', ...(more.testPathIgnorePatterns ?? [])],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  setupFiles: more.setupFiles ?? ['<rootDir>/jest.setup.mjs'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1', '^fast-check$': '<rootDir>/jest.fast-check.mjs' },
  transform,
});

// unit: no I/O. integration: `*.int.spec.ts` beside the code and the journeys in test/, on real PostgreSQL. long: test/long.
export default {
  workerIdleMemoryLimit: '1500MB',
  // Most tests wait for PostgreSQL or a process of their own; jest would take one worker on two cores, and two leave them idle.
  maxWorkers: 3,
  testSequencer: '<rootDir>/jest.sequencer.mjs',
  testTimeout: 60_000,
  projects: [
    project('unit', ['<rootDir>/{apps,libs}/**/*.spec.ts'], {
      testPathIgnorePatterns: ['\\.int\\.spec\\.ts$'],
      setupFiles: ['reflect-metadata'],
    }),
    project('integration', ['<rootDir>/{apps,libs}/**/*.int.spec.ts', '<rootDir>/test/*.spec.ts']),
    project('long', ['<rootDir>/test/long/**/*.spec.ts']),
  ],
};
