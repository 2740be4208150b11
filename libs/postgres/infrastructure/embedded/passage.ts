import { closeSync, openSync } from 'node:fs';
import type { Account } from './account.js';
import { EmbeddedPostgresError } from './launch-error.js';
import { canReach } from './reach.js';

/** What the programs of PostgreSQL get of ours. */
export const environment = () => ({ PATH: process.env['PATH'] ?? '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C' });

/**
 * How the account names a path of ours. Below a folder it may not enter (`/root/…`) Linux lets it in all the same through
 * an open descriptor: the child inherits it as number `fd`, and PostgreSQL works relative to it from then on. So data
 * stays in DATA_DIR, wherever that is.
 */
export function passage(path: string, fd: number, account: Account): { name: string; handle: number | 'ignore' } {
  if (canReach(path, account)) return { name: path, handle: 'ignore' };
  if (process.platform !== 'linux')
    throw new EmbeddedPostgresError(
      `User ${account?.uid}, as whom PostgreSQL runs, cannot enter ${path}. Choose a DATA_DIR that every user may enter, or start as an ordinary user.`,
    );
  return { name: `/proc/self/fd/${fd}`, handle: openSync(path, 'r') };
}

export const closePassage = (handle: number | 'ignore') => {
  if (handle !== 'ignore') closeSync(handle);
};
