import { Injectable } from '@nestjs/common';
import { anId, anInstant, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { rolesAt, type Registered } from '../domain/user.state.js';
import { AccessState } from './access-state.js';
import { isPerson } from './directory-view.js';

export interface PeopleListRequest {
  readonly workspaceId: string;
  /** RFC 3339 UTC: roles begin and end by themselves. */
  readonly now: string;
  /** As they were at an earlier instant (RFC 3339 UTC). */
  readonly asOf?: string | undefined;
  readonly status?: readonly string[] | undefined;
  /** Held at the instant. */
  readonly role?: readonly string[] | undefined;
  readonly branch?: readonly string[] | undefined;
  readonly department?: readonly string[] | undefined;
  readonly position?: readonly string[] | undefined;
  /** Words, each of which is in one of the names or the e-mail address. */
  readonly text?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const CURSOR = 'users';

/**
 * `GET /users`, from memory: what is personal about people lies in no table, so that erasing somebody has nothing to
 * find there. In the order of registration: names do not belong into cursors.
 */
@Injectable()
export class PeopleList {
  constructor(private readonly access: AccessState) {}

  /** Throws `InvalidCursor`. */
  list({ workspaceId, now, asOf, limit, cursor, text = '', ...filters }: PeopleListRequest): Page<Registered> {
    const [since = '', id = ''] = readCursor(CURSOR, cursor, [anInstant, anId]) ?? [];
    const at = asOf ?? now;
    const words = text.toLowerCase().split(/\s+/u).filter(Boolean);
    const found = this.access
      .members(workspaceId, asOf)
      .filter(isPerson)
      .filter(
        (user) =>
          (user.registeredAt > since || (user.registeredAt === since && user.userId > id)) &&
          among(filters.status, user.status) &&
          among(filters.branch, user.branchId) &&
          among(filters.department, user.departmentId) &&
          among(filters.position, user.positionId) &&
          (!filters.role?.length || rolesAt(user.roles, at).some((role) => among(filters.role, role))) &&
          hasAll(user, words),
      )
      .toSorted((a, b) => order(a, b));
    return pageOf(
      found.slice(0, limit + 1),
      limit,
      (user) => user,
      ({ registeredAt, userId }) => cursorAfter(CURSOR, [registeredAt, userId]),
    );
  }
}

const among = (wanted: readonly string[] | undefined, value: string | undefined): boolean =>
  !wanted?.length || (value !== undefined && wanted.includes(value));

function hasAll({ username, displayName, firstName, lastName, email }: Registered, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const names = [username, displayName, firstName, lastName, email].map((name) => name?.toLowerCase() ?? '');
  return words.every((word) => names.some((name) => name.includes(word)));
}

function order(a: Registered, b: Registered): number {
  if (a.registeredAt !== b.registeredAt) return a.registeredAt < b.registeredAt ? -1 : 1;
  return a.userId < b.userId ? -1 : 1;
}
