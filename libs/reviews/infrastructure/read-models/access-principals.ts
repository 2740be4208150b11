import type { RowAccess } from '#libs/identity/application/row-access';
import { branch, role, user } from './review-party/review-party.table.js';

/** The principals a person looks through; undefined = every row of the workspace. */
export function accessPrincipals({ userId, roles, reach }: RowAccess): string[] | undefined {
  if (reach === 'all') return undefined;
  const own = [user(userId), ...roles.map(role)];
  return reach === 'own' ? own : [...own, ...reach.branches.map(branch)];
}
