import type { DirectoryView } from '#libs/identity/application/directory';
import type { ActedFor } from '#libs/identity/application/row-access';
import type { ScopedChain } from '../domain/chains.js';
import type { DelegationsView } from './delegations.js';

/**
 * The people whose reviews a person may read because he acts for them: by workflow only, since whoever acts on one step
 * or up to an amount has to see the case to know.
 */
export function principalsIn(view: DelegationsView, people: DirectoryView, userId: string): readonly ActedFor[] {
  const isActive = (person: string) => people.person(person)?.active === true;
  const found = new Map<string, ActedFor>();
  for (const { principal, scope } of view.reachOf(userId, isActive)) {
    const known = found.get(principal);
    const isEverything = scope.workflowKeys === undefined || (known && known.workflowKeys === undefined);
    const workflowKeys = isEverything
      ? undefined
      : [...new Set([...(known?.workflowKeys ?? []), ...(scope.workflowKeys ?? [])])].toSorted();
    found.set(principal, { userId: principal, roles: people.person(principal)?.roles ?? [], workflowKeys });
  }
  return [...found.values()];
}

/** The people whose work a person may do, each way with what it covers, and the roles they hold now. */
export function workFor(
  view: DelegationsView,
  people: Readonly<{ person(userId: string): Readonly<{ active: boolean; roles: readonly string[] }> | undefined }>,
  userId: string,
): readonly (Pick<ScopedChain, 'path' | 'scope'> & { readonly userId: string; readonly roles: readonly string[] })[] {
  const isActive = (person: string) => people.person(person)?.active === true;
  return view
    .reachOf(userId, isActive)
    .map(({ principal, ...way }) => ({ ...way, userId: principal, roles: people.person(principal)?.roles ?? [] }));
}
