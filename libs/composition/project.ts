import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

const rootAbove = (folder: string): string => {
  if (existsSync(join(folder, 'package.json'))) return folder;
  if (folder === dirname(folder)) throw new Error('package.json is not to be found above the program.');
  return rootAbove(dirname(folder));
};

/** The folder of package.json, from source as from dist/. */
export const projectRoot = rootAbove(import.meta.dirname);
export const migrationsDir = join(projectRoot, 'migrations');
