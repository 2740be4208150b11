import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import type { ReadAs } from '../access-principals.js';

/** Who has to do with a review, and what it runs under: what its readers are known by. */
export interface ReviewReaders {
  readonly principals: ReadonlySet<string>;
  readonly workflowKey: string;
}

interface Found {
  readonly review_id: string;
  readonly workflow_key: string;
  readonly principals: string[];
}

/** The readers of many reviews of a workspace at once. */
@Injectable()
export class ReviewReadersQuery {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `ReadModelBehind`. */
  of(workspaceId: string, reviewIds: readonly string[]): Promise<ReadonlyMap<string, ReviewReaders>> {
    return this.readModels.read('core', async (table) => {
      const [status, party] = [sql.raw(table('review_status')), sql.raw(table('review_party'))];
      const { rows } = await sql<Found>`
        SELECT s.review_id, s.workflow_key, array_agg(p.principal) AS principals
        FROM ${status} s JOIN ${party} p ON p.review_id = s.review_id
        WHERE s.review_id = ANY (${[...reviewIds]}::text[])
        GROUP BY s.review_id, s.workflow_key`.execute(this.database.reading(workspaceId));
      return new Map(
        rows.map(({ review_id, workflow_key, principals }) => [
          review_id,
          { principals: new Set(principals), workflowKey: workflow_key },
        ]),
      );
    });
  }
}

/** Whether somebody who reads as any of these is among them. */
export const isReadBy = ({ principals, workflowKey }: ReviewReaders, people: readonly ReadAs[]): boolean =>
  people.some((it) => principals.has(it.principal) && (it.workflowKeys?.includes(workflowKey) ?? true));
