// `npm test` = unit and integration tests; `--unit` only those without I/O; `--long` the long sizes. Further arguments go to jest.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';

const args = process.argv.slice(2);
const take = (flag) => args.includes(flag) && args.splice(args.indexOf(flag), 1).length > 0;
const projects = take('--unit') ? ['unit'] : take('--long') ? ['long'] : ['unit', 'integration'];

// Whole journeys and command-line tests run what was built, so a stale dist/ would test yesterday's code.
if (!projects.includes('unit') || projects.length > 1)
  if (run('node', ['scripts/build.mjs', '--if-changed']) !== 0) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), 'countersign-test-'));
const report = join(folder, 'report.json');
// Programs that tests start, many times over, are compiled once; what their first start makes is made once.
const more = {
  TEST_RUN_FOLDER: folder,
  NODE_COMPILE_CACHE: join(folder, 'compiled'),
  ...(projects.includes('long') && { RANDOM_SEEDS: '1' }),
};
const status = run(
  'node',
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--selectProjects',
    ...projects,
    '--json',
    `--outputFile=${report}`,
    '--reporters=default',
    // What would otherwise be one more reporter is a path.
    ...(args[0]?.startsWith('-') ? args : ['--', ...args]),
  ],
  more,
);
const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
rmSync(folder, { recursive: true, force: true });

// A suite that does not even load has no failed test of its own: count it as one.
const failed = result ? result.numFailedTests + result.numRuntimeErrorTestSuites : 1;
console.log(`\n${result?.numPassedTests ?? 0} passed, ${failed} failed`);
process.exit(status === 0 && failed === 0 && result.numPassedTests > 0 ? 0 : 1);
