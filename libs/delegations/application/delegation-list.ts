import { Injectable } from '@nestjs/common';
import { Directory } from '#libs/identity/application/directory';
import type { RowAccess } from '#libs/identity/application/row-access';
import { anId, anInstant, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { statusAt, type Delegation, type DelegationStatus } from '../domain/delegation.state.js';
import { DelegationBook } from './delegation-book.js';
import { mayForOthers } from './reach.js';

export interface DelegationListRequest {
  readonly access: RowAccess;
  /** RFC 3339 UTC: what is active, ended or still to come. */
  readonly now: string;
  readonly status?: readonly DelegationStatus[] | undefined;
  readonly delegator?: readonly string[] | undefined;
  readonly delegate?: readonly string[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const CURSOR = 'delegations';

/** `GET /delegations`: one's own, those one is the delegate of, and as far as the permission reaches those of others. */
@Injectable()
export class DelegationList {
  constructor(
    private readonly book: DelegationBook,
    private readonly directory: Directory,
  ) {}

  /** Newest first. Throws `InvalidCursor`. */
  list({ access, now, limit, cursor, ...filters }: DelegationListRequest): Page<Delegation> {
    const after = readCursor(CURSOR, cursor, [anInstant, anId]);
    const among = (wanted: readonly string[] | undefined, value: string) => !wanted?.length || wanted.includes(value);
    const found = this.book
      .all(access.workspaceId)
      .filter((grant) => this.mayRead(access, grant))
      .filter(
        (grant) =>
          among(filters.status, statusAt(grant, now)) &&
          among(filters.delegator, grant.delegatorId) &&
          among(filters.delegate, grant.delegateId),
      )
      .toSorted((a, b) => order(b, keyOf(a)));
    const rest = after ? found.filter((grant) => order(grant, after) < 0) : found;
    return pageOf(
      rest.slice(0, limit + 1),
      limit,
      (grant) => grant,
      (last) => cursorAfter(CURSOR, keyOf(last)),
    );
  }

  /** One of those, undefined when there is none that the reader may see. */
  async one(access: RowAccess, delegationId: string): Promise<Delegation | undefined> {
    const grant = await this.book.find(access.workspaceId, delegationId);
    return grant && this.mayRead(access, grant) ? grant : undefined;
  }

  private mayRead({ workspaceId, userId, reach }: RowAccess, { delegatorId, delegateId }: Delegation): boolean {
    const people = this.directory.snapshot(workspaceId);
    return delegatorId === userId || delegateId === userId || mayForOthers(reach, people.person(delegatorId));
  }
}

const keyOf = ({ createdAt, delegationId }: Delegation): readonly string[] => [createdAt, delegationId];

/** Negative when the grant comes after the key in time, which is before it in the list. */
function order({ createdAt, delegationId }: Delegation, [at = '', id = '']: readonly string[]): number {
  if (createdAt !== at) return createdAt < at ? -1 : 1;
  return delegationId < id ? -1 : delegationId > id ? 1 : 0;
}
