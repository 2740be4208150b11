/*
 * Who may do what: the one table. A route declares the permissions it needs, the guard asks this table,
 * and `GET /auth/me` shows the caller's part of it. Assignment, eligibility and four eyes are not permissions:
 * they are rules of the review and hold for everyone, administrators included.
 */

export const roles = ['admin', 'manager', 'officer', 'viewer', 'auditor', 'service', 'assistant'] as const;
export type Role = (typeof roles)[number];
/** `service` is what service accounts are, not a role of people. */
export const rolesOfPeople: readonly Role[] = roles.filter((role) => role !== 'service');

/** How far a permission may reach that is granted by name, narrowest first. */
export const grantScopes = ['own', 'branch', 'workspace'] as const;

/**
 * How far a permission reaches. `own`: what one submitted, holds or held an assignment on. `branch`: also what belongs
 * to the branch and those below it. `workspace`: everything. `read`: the whole workspace, but only by safe methods.
 */
export type Scope = (typeof grantScopes)[number] | 'read';

type Grants = Readonly<Partial<Record<Role, Scope>>>;

const everyone: Grants = {
  admin: 'workspace',
  manager: 'workspace',
  officer: 'workspace',
  viewer: 'workspace',
  auditor: 'workspace',
};
const administrators: Grants = { admin: 'workspace' };
const readByAll: Grants = {
  admin: 'workspace',
  manager: 'read',
  officer: 'read',
  viewer: 'read',
  auditor: 'read',
};
const readers: Grants = {
  admin: 'workspace',
  manager: 'branch',
  officer: 'own',
  viewer: 'branch',
  auditor: 'workspace',
};

/** Service accounts (`service`) hold nothing by role: each is granted its permissions by name, from `grantable`. */
export const permissionTable = {
  'workflow:read': { ...everyone, assistant: 'workspace' },
  'workflow:manage': administrators,
  'workflow:publish': administrators,
  'rules:publish': administrators,
  'review:read': { ...readers, assistant: 'own' },
  'dashboard:read': readers,
  'system:operate': { admin: 'workspace', auditor: 'read' },
  'review:start': { admin: 'workspace', manager: 'branch', officer: 'own' },
  'review:decide': { admin: 'workspace', manager: 'branch', officer: 'own' },
  'review:reassign': { admin: 'workspace', manager: 'branch' },
  'review:dismiss': { admin: 'workspace', manager: 'branch' },
  'delegation:admin': { admin: 'workspace', manager: 'branch', officer: 'own' },
  'draft:submit': { assistant: 'own' },
  'draft:read': { ...readers, assistant: 'own' },
  'draft:edit': { admin: 'workspace', manager: 'branch', officer: 'own', assistant: 'own' },
  'webhook:manage': { admin: 'workspace', auditor: 'read' },
  'user:manage': readByAll,
  'session:manage': administrators,
  'branch:manage': readByAll,
  'department:manage': readByAll,
  'position:manage': readByAll,
  'customer:read': { ...readers, officer: 'branch' },
  'customer:write': { admin: 'workspace', manager: 'branch', officer: 'own' },
  'settings:read': everyone,
  'settings:write': administrators,
  'service-account:manage': administrators,
  'review:override': administrators,
  'audit:read': { admin: 'workspace', manager: 'branch', officer: 'own', auditor: 'workspace' },
  /** Thinking cases through; nothing is recorded. */
  simulate: { admin: 'workspace', manager: 'branch', officer: 'own', auditor: 'workspace' },
} as const satisfies Readonly<Record<string, Grants>>;

export type Permission = keyof typeof permissionTable;
export const permissions = Object.keys(permissionTable) as readonly Permission[];

/** What may be granted to a service account, one by one: reading, operating and starting, never deciding. */
export const grantable: readonly string[] = [
  'workflow:read',
  'review:read',
  'dashboard:read',
  'system:operate',
  'review:start',
] satisfies readonly Permission[];

/** A permission given to one account by name, and how far it reaches. */
export interface Grant {
  readonly permission: Permission;
  readonly scope: Exclude<Scope, 'read'>;
}

/** What decides how far somebody reaches: the roles held, and what was granted by name. */
export interface Holder {
  readonly roles: readonly string[];
  readonly grants?: readonly Grant[];
}

const width: Readonly<Record<Scope, number>> = { read: 0, own: 1, branch: 2, workspace: 3 };

/** A higher role keeps what the lower one may do. Administrators are not in this line: they hold what the table says. */
const keeps: Readonly<Partial<Record<Role, Role>>> = { manager: 'officer', officer: 'viewer' };

/** How far somebody's permission reaches, by role or by grant; undefined = not at all. */
export const scopeHeld = (permission: Permission, { roles: held, grants }: Holder): Scope | undefined =>
  grants?.find((grant) => grant.permission === permission)?.scope ?? scopeOf(permission, held);

/** The widest scope in which any of these roles holds the permission; undefined = none holds it. Unknown roles hold nothing. */
export function scopeOf(permission: Permission, held: readonly string[]): Scope | undefined {
  const grants: Grants = permissionTable[permission];
  let widest: Scope | undefined;
  for (const name of held) {
    for (let role = asRole(name); role !== undefined; role = keeps[role]) {
      const scope = grants[role];
      if (scope !== undefined && (widest === undefined || width[scope] > width[widest])) widest = scope;
    }
  }
  return widest;
}

const asRole = (name: string): Role | undefined =>
  (roles as readonly string[]).includes(name) ? (name as Role) : undefined;

/** Everything somebody may do, in the order of the table. */
export const grantsOf = (holder: Holder): readonly { permission: Permission; scope: Scope }[] =>
  permissions.flatMap((permission) => {
    const scope = scopeHeld(permission, holder);
    return scope === undefined ? [] : [{ permission, scope }];
  });

/** What gives somebody a permission as far as it reaches: `role:…` each, or `grant` where it was granted by name. */
export function givenBy(permission: Permission, { roles: held, grants }: Holder): readonly string[] {
  if (grants?.some((grant) => grant.permission === permission)) return ['grant'];
  const widest = scopeOf(permission, held);
  return held.filter((role) => scopeOf(permission, [role]) === widest).map((role) => `role:${role}`);
}
