import { realpathSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import type { Account } from './account.js';

const mayEnter = ({ mode, uid, gid }: Stats, account: NonNullable<Account>): boolean => {
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
};

/** Whether the account may enter every folder above `path`. Access lists are not looked at: then it says no. */
export function canReach(path: string, account: Account): boolean {
  if (!account) return true;
  for (let at = dirname(realpathSync(path)); ; at = dirname(at)) {
    if (!mayEnter(statSync(at), account)) return false;
    if (at === dirname(at)) return true;
  }
}
