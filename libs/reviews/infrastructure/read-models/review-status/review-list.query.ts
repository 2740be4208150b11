import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import type { RowAccess } from '#libs/identity/application/row-access';
import { anId, anInstant, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { accessPrincipals, principalRows, type ReadAs } from '../access-principals.js';
import { role, user } from '../review-party/review-party.table.js';
import type { ReviewStatusRow, SlaState } from './review-status.table.js';

/** Bounds of a time, RFC 3339. */
export interface InstantRange {
  readonly lt?: string | undefined;
  readonly lte?: string | undefined;
  readonly gt?: string | undefined;
  readonly gte?: string | undefined;
}

/** Within a filter any value will do; all filters must hold. An absent or empty one asks for nothing. */
export interface ReviewFilters {
  readonly status?: readonly string[] | undefined;
  /** Ids or keys. */
  readonly workflow?: readonly string[] | undefined;
  readonly subjectType?: readonly string[] | undefined;
  readonly subjectId?: readonly string[] | undefined;
  readonly submittedBy?: readonly string[] | undefined;
  /** User ids or `role:<name>` whose turn it is. */
  readonly assignee?: readonly string[] | undefined;
  readonly sla?: readonly SlaState[] | undefined;
  /** Words that must all occur in title, subject or workflow. */
  readonly text?: string | undefined;
  readonly dueAt?: InstantRange | undefined;
  readonly submittedAt?: InstantRange | undefined;
  readonly decidedAt?: InstantRange | undefined;
}

export interface ReviewListRequest extends ReviewFilters {
  readonly access: RowAccess;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /reviews`. */
export interface ReviewListItem {
  readonly id: string;
  readonly status: string;
  readonly workflowKey: string;
  readonly subject: { readonly type: string; readonly id: string; readonly title: string | null };
  readonly currentStep: string | null;
  readonly submittedBy: string;
  readonly submittedAt: string;
  readonly dueAt: string | null;
  readonly slaState: SlaState;
  /** An event of this review could not be applied: the line is older than the list. */
  readonly stale?: true;
}

type Found = Pick<
  ReviewStatusRow,
  'review_id' | 'status' | 'workflow_key' | 'subject_type' | 'subject_id' | 'subject_title' | 'current_step'
> & { submitted_by: string; submitted_at: Date; due_at: Date | null; sla_state: SlaState };

const CURSOR = 'reviews';
const COLUMNS = sql.raw(
  [
    'review_id',
    'status',
    'workflow_key',
    'subject_type',
    'subject_id',
    'subject_title',
    'current_step',
    'submitted_by',
    'submitted_at',
    'due_at',
    'sla_state',
  ]
    .map((column) => `s.${column}`)
    .join(', '),
);

/** `GET /reviews`: newest first, within what the reader may see. */
@Injectable()
export class ReviewList {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list(request: ReviewListRequest): Promise<Page<ReviewListItem>> {
    const after = readCursor(CURSOR, request.cursor, [anInstant, anId]);
    const rows = await this.readModels.read('core', async (table) => {
      const { rows: found } = await listSql(request, after, table).execute(
        this.database.reading(request.access.workspaceId),
      );
      return found;
    });
    const stale = await this.readModels.stale(
      'core',
      rows.map(({ review_id }) => review_id),
    );
    return pageOf(
      rows,
      request.limit,
      (row) => ({ ...itemOf(row), ...(stale.has(row.review_id) && { stale: true as const }) }),
      ({ submitted_at, review_id }) => cursorAfter(CURSOR, [submitted_at.toISOString(), review_id]),
    );
  }
}

/** Exported for the plan check: which indexes it takes is part of what is promised. */
export function listSql(
  request: ReviewListRequest,
  after: readonly string[] | undefined,
  table: (name: string) => string,
): RawBuilder<Found> {
  const { access, limit, assignee } = request;
  const [status, party] = [sql.raw(table('review_status')), sql.raw(table('review_party'))];
  const filters = filtersOf(request);
  const readable = accessPrincipals(access);
  const rows = sql.lit(limit + 1);

  if (!readable && !assignee?.length)
    return sql<Found>`
      SELECT ${COLUMNS} FROM ${status} s
      WHERE s.workspace_id = ${access.workspaceId} ${before('s', after)} ${filters}
      ORDER BY s.submitted_at DESC, s.review_id DESC LIMIT ${rows}`;

  // Each principal's newest, merged: as many index entries are read as principals times rows are shown.
  const principals: readonly ReadAs[] = assignee?.length
    ? assignee.map((it) => ({ principal: principalOf(it), workflowKeys: undefined }))
    : (readable ?? []);
  const theirTurn = assignee?.length ? sql`AND cardinality(p.open_seats) > 0` : sql``;
  const visible =
    assignee?.length && readable
      ? sql`AND EXISTS (
          SELECT FROM ${party} a JOIN ${principalRows(readable)} r ON r.principal = a.principal
          WHERE a.review_id = p.review_id AND (r.workflow_keys IS NULL OR s.workflow_key = ANY(r.workflow_keys)))`
      : sql``;
  return sql<Found>`
    SELECT ${COLUMNS} FROM (
      SELECT DISTINCT found.submitted_at, found.review_id
      FROM ${principalRows(principals)} who CROSS JOIN LATERAL (
        SELECT p.submitted_at, p.review_id FROM ${party} p JOIN ${status} s ON s.review_id = p.review_id
        WHERE p.workspace_id = ${access.workspaceId} AND p.principal = who.principal
          AND (who.workflow_keys IS NULL OR s.workflow_key = ANY(who.workflow_keys))
          ${before('p', after)} ${theirTurn} ${visible} ${filters}
        ORDER BY p.submitted_at DESC, p.review_id DESC LIMIT ${rows}
      ) found
      ORDER BY found.submitted_at DESC, found.review_id DESC LIMIT ${rows}
    ) page JOIN ${status} s ON s.review_id = page.review_id
    ORDER BY s.submitted_at DESC, s.review_id DESC`;
}

const principalOf = (assignee: string) =>
  assignee.startsWith('role:') ? role(assignee.slice('role:'.length)) : user(assignee);

const before = (alias: 's' | 'p', after: readonly string[] | undefined) =>
  after
    ? sql`AND (${sql.ref(`${alias}.submitted_at`)}, ${sql.ref(`${alias}.review_id`)}) < (${after[0]}::timestamptz, ${after[1]}::text)`
    : sql``;

function filtersOf(filters: ReviewFilters): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [];
  const among = (column: string, values: readonly string[] | undefined) => {
    if (values?.length) parts.push(sql`AND ${sql.ref(`s.${column}`)} = ANY(${[...values]}::text[])`);
  };
  among('status', filters.status);
  among('subject_type', filters.subjectType);
  among('subject_id', filters.subjectId);
  among('submitted_by', filters.submittedBy);
  among('sla_state', filters.sla);
  if (filters.workflow?.length) {
    const named = [...filters.workflow];
    parts.push(sql`AND (s.workflow_key = ANY(${named}::text[]) OR s.workflow_id = ANY(${named}::text[]))`);
  }
  parts.push(...rangeOf('due_at', filters.dueAt));
  parts.push(...rangeOf('submitted_at', filters.submittedAt));
  parts.push(...rangeOf('decided_at', filters.decidedAt));
  for (const word of (filters.text ?? '').toLowerCase().split(/\s+/u).filter(Boolean))
    parts.push(sql`AND s.search LIKE ${`%${word.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`}`);
  return parts.length > 0 ? sql.join(parts, sql` `) : sql``;
}

function rangeOf(column: string, range: InstantRange = {}): RawBuilder<unknown>[] {
  const bounds = [
    ['<', range.lt],
    ['<=', range.lte],
    ['>', range.gt],
    ['>=', range.gte],
  ] as const;
  return bounds.flatMap(([operator, instant]) =>
    instant === undefined
      ? []
      : [sql`AND ${sql.ref(`s.${column}`)} ${sql.raw(operator)} ${new Date(instant).toISOString()}::timestamptz`],
  );
}

const itemOf = (row: Found): ReviewListItem => ({
  id: row.review_id,
  status: row.status,
  workflowKey: row.workflow_key,
  subject: { type: row.subject_type, id: row.subject_id, title: row.subject_title },
  currentStep: row.current_step,
  submittedBy: row.submitted_by,
  submittedAt: row.submitted_at.toISOString(),
  dueAt: row.due_at?.toISOString() ?? null,
  slaState: row.sla_state,
});
