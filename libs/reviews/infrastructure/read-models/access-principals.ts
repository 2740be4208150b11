import { sql, type RawBuilder } from 'kysely';
import type { RowAccess } from '#libs/identity/application/row-access';
import { branch, role, user } from './review-party/review-party.table.js';

/** Somebody whose reviews may be read: all of them, or those under some workflows. */
export interface ReadAs {
  readonly principal: string;
  readonly workflowKeys: readonly string[] | undefined;
}

/** The principals a person looks through, own and those acted for; undefined = every row of the workspace. */
export function accessPrincipals({ userId, roles, reach, actsFor = [] }: RowAccess): ReadAs[] | undefined {
  if (reach === 'all') return undefined;
  const own = [user(userId), ...roles.map(role), ...(reach === 'own' ? [] : reach.branches.map(branch))];
  const everything = (principal: string): ReadAs => ({ principal, workflowKeys: undefined });
  const others = actsFor.flatMap((it) =>
    [user(it.userId), ...it.roles.map(role)].map((principal) => ({ principal, workflowKeys: it.workflowKeys })),
  );
  return [...own.map(everything), ...others.filter(({ principal }) => !own.includes(principal))];
}

/** SQL: those principals as rows `(principal, workflow_keys)`; keys are null where nothing is left out. */
export const principalRows = (principals: readonly ReadAs[]): RawBuilder<unknown> => sql`
  (SELECT principal, string_to_array(keys, ' ') AS workflow_keys
   FROM unnest(${principals.map(({ principal }) => principal)}::text[],
               ${principals.map(({ workflowKeys }) => workflowKeys?.join(' ') ?? null)}::text[]) AS given(principal, keys))`;
