import { scopeHeld, type Permission } from '../domain/permissions.js';
import type { Person } from './directory.js';

/** The branch above all others: whoever belongs to it covers the whole workspace. */
export const ROOT_BRANCH = 'HQ';

/**
 * Which rows of a workspace a person may see. Whatever the reach: what they submitted, or hold or held an assignment
 * on (by name, or through one of `roles`), is always visible to them.
 */
export interface RowAccess {
  readonly workspaceId: string;
  readonly userId: string;
  readonly roles: readonly string[];
  /** `all` rows of the workspace, rows of these `branches` (a branch and all below it), or only one's `own`. */
  readonly reach: 'all' | 'own' | { readonly branches: readonly string[] };
  /** People this person acts for: what is theirs may be read as well. */
  readonly actsFor?: readonly ActedFor[];
}

/** Somebody a person acts for, as far as reading goes. */
export interface ActedFor {
  readonly userId: string;
  /** Held now. */
  readonly roles: readonly string[];
  /** Only in these workflows; undefined = in all. */
  readonly workflowKeys: readonly string[] | undefined;
}

/**
 * How far a permission lets this person see. Without the permission: only their own.
 * @param below a branch and all that lie below it: what `branch` reaches
 */
export function rowAccess(
  workspaceId: string,
  person: Person,
  permission: Permission,
  below: (branchId: string) => readonly string[],
): RowAccess {
  const { userId, roles, branchId } = person;
  const scope = scopeHeld(permission, person) ?? 'own';
  if (scope === 'own') return { workspaceId, userId, roles, reach: 'own' };
  if (scope === 'branch' && branchId !== ROOT_BRANCH)
    return { workspaceId, userId, roles, reach: { branches: below(branchId) } };
  return { workspaceId, userId, roles, reach: 'all' };
}
