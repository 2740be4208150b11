import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import type { RowAccess } from '#libs/identity/application/row-access';
import { anId, anInstant, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';

/** Within a filter any value will do; all filters must hold. */
export interface DraftListRequest {
  readonly access: RowAccess;
  readonly status?: readonly string[] | undefined;
  readonly assistant?: readonly string[] | undefined;
  /** Ids or keys. */
  readonly workflow?: readonly string[] | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /drafts`. */
export interface DraftListItem {
  readonly id: string;
  readonly reviewId: string;
  readonly assistantId: string;
  readonly model: string;
  readonly workflowKey: string;
  /** That of its review. */
  readonly status: string;
  readonly currentStep: string | null;
  readonly round: number;
  readonly subject: { readonly type: string; readonly id: string; readonly title: string | null };
  readonly submittedAt: string;
  readonly dueAt: string | null;
}

interface Found {
  readonly draft_id: string;
  readonly review_id: string;
  readonly assistant_id: string;
  readonly model: string;
  readonly workflow_key: string;
  readonly status: string;
  readonly current_step: string | null;
  readonly round: number;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly subject_title: string | null;
  readonly submitted_at: Date;
  readonly due_at: Date | null;
}

const CURSOR = 'drafts';

/** Drafts that the reader may see, newest first. */
@Injectable()
export class DraftList {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list(request: DraftListRequest): Promise<Page<DraftListItem>> {
    const after = readCursor(CURSOR, request.cursor, [anInstant, anId]);
    const rows = await this.readModels.read('core', async (table) => {
      const result = await draftsSql(request, after, table).execute(this.database.reading(request.access.workspaceId));
      return result.rows;
    });
    return pageOf(rows, request.limit, itemOf, ({ submitted_at, draft_id }) =>
      cursorAfter(CURSOR, [submitted_at.toISOString(), draft_id]),
    );
  }
}

/** Exported for the plan check. */
export function draftsSql(
  { access, status, assistant, workflow, limit }: DraftListRequest,
  after: readonly string[] | undefined,
  table: (name: string) => string,
): RawBuilder<Found> {
  const parts: RawBuilder<unknown>[] = [sql`d.workspace_id = ${access.workspaceId}`];
  if (after) parts.push(sql`(d.submitted_at, d.draft_id) < (${after[0]}::timestamptz, ${after[1]}::text)`);
  if (assistant) parts.push(sql`d.assistant_id = ANY(${[...assistant]}::text[])`);
  if (status) parts.push(sql`s.status = ANY(${[...status]}::text[])`);
  if (workflow) {
    const named = sql`${[...workflow]}::text[]`;
    parts.push(sql`(s.workflow_key = ANY(${named}) OR s.workflow_id = ANY(${named}))`);
  }
  if (access.reach !== 'all') parts.push(sql`(${sql.join(partyTo(access, table('review_party')), sql` OR `)})`);
  return sql<Found>`
    SELECT d.draft_id, d.review_id, d.assistant_id, d.model, d.submitted_at, s.workflow_key, s.status, s.current_step,
           s.round, s.subject_type, s.subject_id, s.subject_title, s.due_at
    FROM ${sql.raw(table('draft_list'))} d JOIN ${sql.raw(table('review_status'))} s ON s.review_id = d.review_id
    WHERE ${sql.join(parts, sql` AND `)}
    ORDER BY d.submitted_at DESC, d.draft_id DESC LIMIT ${sql.lit(limit + 1)}`;
}

/** SQL: the reader, or somebody the reader acts for in that workflow, has to do with the review. */
function partyTo({ userId, roles, reach, actsFor = [] }: RowAccess, parties: string): RawBuilder<unknown>[] {
  const branches = typeof reach === 'string' ? [] : reach.branches.map((branch) => `branch:${branch}`);
  const principals = (id: string, held: readonly string[]) => [`user:${id}`, ...held.map((role) => `role:${role}`)];
  const among = (asked: readonly string[]) => sql`EXISTS (SELECT FROM ${sql.raw(parties)} p
    WHERE p.review_id = d.review_id AND p.principal = ANY(${[...asked]}::text[]))`;
  const others = actsFor.map((it) => {
    const theirs = among(principals(it.userId, it.roles));
    return it.workflowKeys ? sql`(s.workflow_key = ANY(${[...it.workflowKeys]}::text[]) AND ${theirs})` : theirs;
  });
  return [among([...principals(userId, roles), ...branches]), ...others];
}

const itemOf = (row: Found): DraftListItem => ({
  id: row.draft_id,
  reviewId: row.review_id,
  assistantId: row.assistant_id,
  model: row.model,
  workflowKey: row.workflow_key,
  status: row.status,
  currentStep: row.current_step,
  round: row.round,
  subject: { type: row.subject_type, id: row.subject_id, title: row.subject_title },
  submittedAt: row.submitted_at.toISOString(),
  dueAt: row.due_at?.toISOString() ?? null,
});
