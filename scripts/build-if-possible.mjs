// Runs after `npm ci`: builds dist/ when the compiler is installed, does nothing in an install without dev dependencies.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const has = (name) => {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
};
// `npx countersign`: npm links the programs of packages only, and with a `bin` entry of our own npx would install us first.
if (process.platform !== 'win32' && existsSync('node_modules/.bin')) {
  rmSync('node_modules/.bin/countersign', { force: true });
  symlinkSync('../../bin/countersign.mjs', 'node_modules/.bin/countersign');
  chmodSync('bin/countersign.mjs', 0o755);
}

if (has('@nestjs/cli/package.json') && has('typescript') && existsSync('nest-cli.json')) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
