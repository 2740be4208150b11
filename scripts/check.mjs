// `npm run check`: everything that can be said about the code without a database. All parts run, then the verdict.
import { run } from './run.mjs';

/** @type {[name: string, command: string, args: string[]][]} */
const parts = [
  ['build', 'node', ['scripts/build.mjs']],
  ['types', 'tsc', ['--noEmit']],
  ['lint', 'oxlint', ['--type-aware', '--deny-warnings', 'apps', 'libs', 'test', 'scripts']],
  ['formatting', 'prettier', ['--check', '--log-level', 'warn', '.']],
  [
    'import rules',
    'depcruise',
    ['apps', 'libs', 'test', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
  ],
  ['generated files', 'node', ['scripts/generate.mjs', '--check']],
  ['unit tests', 'node', ['scripts/test.mjs', '--unit']],
];

const failed = parts.filter(([name, command, args]) => {
  console.log(`\n── ${name}`);
  return run(command, args) !== 0;
});
if (failed.length) console.error(`\ncheck: red (${failed.map(([name]) => name).join(', ')})`);
else console.log('\ncheck: green');
process.exit(failed.length ? 1 : 0);
