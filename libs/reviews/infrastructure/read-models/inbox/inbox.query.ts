import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { anId, anInstant, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { role, user } from '../review-party/review-party.table.js';
import type { Via } from './inbox.table.js';

/** Whose inbox: a person, and the roles held now. */
export interface InboxOwner {
  readonly workspaceId: string;
  readonly userId: string;
  readonly roles: readonly string[];
}

export interface InboxRequest extends InboxOwner {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /inbox`: a review that waits for this person, and why. */
export interface InboxItem {
  readonly reviewId: string;
  readonly step: string;
  readonly assignmentId: string;
  readonly via: Via;
  readonly since: string;
  readonly dueAt: string | null;
  readonly subject: { readonly type: string; readonly id: string; readonly title: string | null };
  /** An event of this review could not be applied: the line is older than the list. */
  readonly stale?: true;
}

/** `GET /inbox/counts`; counting stops at `COUNTED`, and `capped` says so. */
export interface InboxCounts {
  readonly total: number;
  readonly direct: number;
  readonly role: number;
  readonly escalated: number;
  readonly overdue: number;
  readonly capped: boolean;
}

interface Found {
  readonly review_id: string;
  readonly assignment_id: string;
  readonly step: string;
  readonly via: Via;
  readonly since: Date;
  readonly due_at: Date | null;
  readonly sort_at: Date;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly subject_title: string | null;
}

const CURSOR = 'inbox';
const COUNTED = 1_000;

/** What waits for a person, directly and by role, most urgent first; each review once, by the nearest reason. */
@Injectable()
export class Inbox {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list(request: InboxRequest): Promise<Page<InboxItem>> {
    const after = readCursor(CURSOR, request.cursor, [anInstant, anId]);
    const rows = await this.find(request, request.limit + 1, after);
    const stale = await this.readModels.stale(
      'inbox',
      rows.map(({ review_id }) => review_id),
    );
    return pageOf(
      rows,
      request.limit,
      (row) => ({ ...itemOf(row), ...(stale.has(row.review_id) && { stale: true as const }) }),
      ({ sort_at, review_id }) => cursorAfter(CURSOR, [sort_at.toISOString(), review_id]),
    );
  }

  /** `now`: RFC 3339, what is due before it is overdue. */
  async counts(owner: InboxOwner, now: string): Promise<InboxCounts> {
    const found = await this.find(owner, COUNTED + 1, undefined);
    const rows = found.slice(0, COUNTED);
    const by = (via: Via) => rows.filter((row) => row.via === via).length;
    const overdue = rows.filter(({ due_at }) => due_at !== null && due_at.getTime() < Date.parse(now)).length;
    return {
      total: rows.length,
      direct: by('direct'),
      role: by('role'),
      escalated: by('escalated'),
      overdue,
      capped: found.length > COUNTED,
    };
  }

  private find(owner: InboxOwner, rows: number, after: readonly string[] | undefined): Promise<readonly Found[]> {
    return this.readModels.read('inbox', async (table) => {
      const result = await inboxSql(owner, rows, after, table('inbox')).execute(this.database.kysely());
      return result.rows;
    });
  }
}

/** Exported for the plan check: one statement, and each principal's part of it an index range. */
export function inboxSql(
  { workspaceId, userId, roles }: InboxOwner,
  rows: number,
  after: readonly string[] | undefined,
  table: string,
): RawBuilder<Found> {
  const principals = [user(userId), ...roles.map(role)];
  const limit = sql.lit(rows);
  const later = after ? sql`AND (i.sort_at, i.review_id) > (${after[0]}::timestamptz, ${after[1]}::text)` : sql``;
  return sql<Found>`
    SELECT DISTINCT ON (seat.sort_at, seat.review_id) seat.*
    FROM unnest(${principals}::text[]) AS who(principal) CROSS JOIN LATERAL (
      SELECT i.review_id, i.assignment_id, i.step, i.via, i.since, i.due_at, i.sort_at,
             i.subject_type, i.subject_id, i.subject_title
      FROM ${sql.raw(table)} i
      WHERE i.workspace_id = ${workspaceId} AND i.assignee = who.principal AND i.listed ${later}
        AND NOT i.excluded @> ARRAY[${userId}::text]
        AND (i.electorate IS NULL OR i.electorate @> ARRAY[${userId}::text])
        AND (i.claimed_by IS NULL OR i.claimed_by @> ARRAY[${userId}::text])
      ORDER BY i.sort_at, i.review_id LIMIT ${limit}
    ) seat
    ORDER BY seat.sort_at, seat.review_id,
             CASE seat.via WHEN 'direct' THEN 0 WHEN 'escalated' THEN 1 ELSE 2 END, seat.assignment_id
    LIMIT ${limit}`;
}

const itemOf = (row: Found): InboxItem => ({
  reviewId: row.review_id,
  step: row.step,
  assignmentId: row.assignment_id,
  via: row.via,
  since: row.since.toISOString(),
  dueAt: row.due_at?.toISOString() ?? null,
  subject: { type: row.subject_type, id: row.subject_id, title: row.subject_title },
});
