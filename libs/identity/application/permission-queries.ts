import { Injectable } from '@nestjs/common';
import { anId, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import {
  givenBy,
  grantsOf,
  permissions,
  roles,
  type Permission,
  type Role,
  type Scope,
} from '../domain/permissions.js';
import { AccessState } from './access-state.js';
import { idOf, isProgram, type Member } from './directory-view.js';
import type { Person } from './directory.js';

export interface PermissionRequest {
  readonly workspaceId: string;
  /** As of when (RFC 3339 UTC); undefined = now. */
  readonly asOf?: string | undefined;
  readonly user?: readonly string[] | undefined;
  readonly permission?: readonly string[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** That somebody may do something, how far it reaches, and what gives the right. */
export interface Held {
  readonly userId: string;
  readonly kind: 'user' | 'service';
  readonly permission: Permission;
  readonly scope: Scope;
  /** `role:…`, or `grant` for what a service account was granted by name. */
  readonly via: readonly string[];
}

/** A role, what it lets do, and how many active people hold it. */
export interface RoleView {
  readonly role: Role;
  readonly permissions: readonly { readonly permission: Permission; readonly scope: Scope }[];
  readonly holders: number;
}

const CURSOR = 'permissions';
const aPermission = (text: string): boolean => (permissions as readonly string[]).includes(text);

/**
 * What can somebody do, and who can do something, now or at an instant: the people of the log at that instant, under
 * the permission table of this program. Whoever is not active can do nothing.
 */
@Injectable()
export class PermissionQueries {
  constructor(private readonly access: AccessState) {}

  /** By user id, then in the order of the table. Throws `InvalidCursor`. */
  list({ workspaceId, asOf, user, permission, limit, cursor }: PermissionRequest): Page<Held> {
    const [afterUser = '', afterPermission = ''] = readCursor(CURSOR, cursor, [anId, aPermission]) ?? [];
    const after = permissions.indexOf(afterPermission as Permission);
    const people = this.viewAt(workspaceId, asOf);
    const rows: Held[] = [];
    for (const member of this.membersAfter(workspaceId, asOf, afterUser)) {
      const person = people.person(idOf(member));
      if (!person?.active || (user?.length && !user.includes(person.userId))) continue;
      for (const held of heldBy(person, isProgram(member) ? 'service' : 'user')) {
        if (permission?.length && !permission.includes(held.permission)) continue;
        if (held.userId === afterUser && permissions.indexOf(held.permission) <= after) continue;
        rows.push(held);
      }
      if (rows.length > limit) break;
    }
    return pageOf(
      rows.slice(0, limit + 1),
      limit,
      (row) => row,
      (last) => cursorAfter(CURSOR, [last.userId, last.permission]),
    );
  }

  roles(workspaceId: string, asOf?: string): readonly RoleView[] {
    const people = this.viewAt(workspaceId, asOf);
    return roles.map((role) => ({
      role,
      permissions: grantsOf({ roles: [role] }),
      holders: people.holders(role).length,
    }));
  }

  private viewAt(workspaceId: string, asOf: string | undefined) {
    return asOf === undefined ? this.access.snapshot(workspaceId) : this.access.asOf(workspaceId, asOf);
  }

  private membersAfter(workspaceId: string, asOf: string | undefined, userId: string): readonly Member[] {
    return this.access
      .members(workspaceId, asOf)
      .filter((member) => idOf(member) >= userId)
      .toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  }
}

const heldBy = (person: Person, kind: Held['kind']): readonly Held[] =>
  grantsOf(person).map((grant) => ({
    userId: person.userId,
    kind,
    ...grant,
    via: givenBy(grant.permission, person),
  }));
