// Runs a command of node_modules/.bin with inherited output; the Node of the project comes first on PATH.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';

const bin = join(import.meta.dirname, '..', 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };

/** Exit code of the command; never throws for a failing one. */
export const run = (command, args, more = {}) =>
  spawnSync(command, args, { stdio: 'inherit', env: { ...env, ...more } }).status ?? 1;
