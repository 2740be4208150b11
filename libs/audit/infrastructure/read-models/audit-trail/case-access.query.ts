import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import type { RowAccess } from '#libs/identity/application/row-access';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { reviewOf } from '../../../domain/review-of-stream.js';

/**
 * SQL: the reader has to do with this review. The parties of reviews stand in the same group as the trail, so that both
 * are equally fresh.
 */
export function ownCase(
  { workspaceId, userId, roles, reach }: RowAccess,
  reviewId: RawBuilder<unknown>,
  parties: string,
): RawBuilder<unknown> {
  const branches = typeof reach === 'object' ? reach.branches.map((branch) => `branch:${branch}`) : [];
  const principals = [`user:${userId}`, ...roles.map((role) => `role:${role}`), ...branches];
  return sql`EXISTS (SELECT FROM ${sql.raw(parties)} p
    WHERE p.review_id = ${reviewId} AND p.principal = ANY(${principals}::text[]) AND p.workspace_id = ${workspaceId})`;
}

/** Whether a reader of the audit may see a stream: all of the workspace, or only cases of their own. */
@Injectable()
export class CaseAccess {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  async mayRead(access: RowAccess, stream: string): Promise<boolean> {
    if (access.reach === 'all') return true;
    const reviewId = reviewOf(stream);
    if (reviewId === null) return false;
    return this.readModels.read('core', async (table) => {
      const own = ownCase(access, sql`${reviewId}`, table('review_party'));
      const { rows } = await sql<{ may: boolean }>`SELECT ${own} AS may`.execute(
        this.database.reading(access.workspaceId),
      );
      return rows[0]?.may ?? false;
    });
  }
}
