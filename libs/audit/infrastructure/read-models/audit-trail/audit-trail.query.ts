import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import type { RowAccess } from '#libs/identity/application/row-access';
import { anId, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { positionOf } from '../../../domain/ordinal.js';
import { ownCase } from './case-access.query.js';

/** Within a filter any value will do; all filters must hold. */
export interface AuditFilters {
  /** Recorded at or after (RFC 3339). */
  readonly from?: string | undefined;
  /** Recorded before. */
  readonly to?: string | undefined;
  readonly actor?: readonly string[] | undefined;
  readonly type?: readonly string[] | undefined;
  readonly stream?: readonly string[] | undefined;
  readonly correlation?: readonly string[] | undefined;
  /** Words that must all occur in the line. */
  readonly text?: string | undefined;
}

export interface AuditTrailRequest extends AuditFilters {
  readonly access: RowAccess;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /audit/trail`. */
export interface AuditTrailItem {
  readonly position: string;
  readonly recordedAt: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly actorId: string;
  readonly onBehalfOf: string | null;
  readonly summary: string;
  readonly correlationId: string;
}

interface Found {
  readonly ordinal: string;
  readonly recorded_at: Date;
  readonly stream: string;
  readonly revision: string;
  readonly type: string;
  readonly actor_id: string;
  readonly on_behalf_of: string | null;
  readonly summary: string;
  readonly correlation_id: string;
}

const CURSOR = 'audit';

/** Newest first. Without reach over the workspace only what was done to cases one may read. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list(request: AuditTrailRequest): Promise<Page<AuditTrailItem>> {
    const after = readCursor(CURSOR, request.cursor, [anId]);
    const rows = await this.readModels.read('core', async (table) => {
      const result = await trailSql(request, after?.[0], table).execute(
        this.database.reading(request.access.workspaceId),
      );
      return result.rows;
    });
    return pageOf(rows, request.limit, itemOf, ({ ordinal }) => cursorAfter(CURSOR, [ordinal]));
  }
}

/** Exported for the plan check. */
export function trailSql(
  { access, limit, ...filters }: AuditTrailRequest,
  after: string | undefined,
  table: (name: string) => string,
): RawBuilder<Found> {
  const parts: RawBuilder<unknown>[] = [sql`a.workspace_id = ${access.workspaceId}`];
  if (after !== undefined) parts.push(sql`a.ordinal < ${after}`);
  const among = (column: string, values: readonly string[] | undefined) => {
    if (values?.length) parts.push(sql`${sql.ref(`a.${column}`)} = ANY(${[...values]}::text[])`);
  };
  among('actor_id', filters.actor);
  among('type', filters.type);
  among('stream', filters.stream);
  among('correlation_id', filters.correlation);
  if (filters.from !== undefined)
    parts.push(sql`a.recorded_at >= ${new Date(filters.from).toISOString()}::timestamptz`);
  if (filters.to !== undefined) parts.push(sql`a.recorded_at < ${new Date(filters.to).toISOString()}::timestamptz`);
  for (const word of (filters.text ?? '').split(/\s+/u).filter(Boolean))
    parts.push(sql`a.summary ILIKE ${`%${word.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%`}`);
  if (access.reach !== 'all') parts.push(ownCase(access, sql.ref('a.review_id'), table('review_party')));
  return sql<Found>`
    SELECT a.ordinal, a.recorded_at, a.stream, a.revision, a.type, a.actor_id, a.on_behalf_of, a.summary,
           a.correlation_id
    FROM ${sql.raw(table('audit_trail'))} a
    WHERE ${sql.join(parts, sql` AND `)}
    ORDER BY a.ordinal DESC LIMIT ${sql.lit(limit + 1)}`;
}

const itemOf = (row: Found): AuditTrailItem => ({
  position: positionOf(row.ordinal),
  recordedAt: row.recorded_at.toISOString(),
  stream: row.stream,
  revision: Number(row.revision),
  type: row.type,
  actorId: row.actor_id,
  onBehalfOf: row.on_behalf_of,
  summary: row.summary,
  correlationId: row.correlation_id,
});
