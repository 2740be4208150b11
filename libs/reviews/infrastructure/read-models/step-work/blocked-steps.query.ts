import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { BlockedSteps, type Comer } from '../../../application/blocked-steps.js';
import { role, user } from '../review-party/review-party.table.js';

/** Finds the blocked steps by whom their seats ask for. */
@Injectable()
export class BlockedStepWork extends BlockedSteps {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {
    super();
  }

  override find({ workspaceId, userId, roles }: Comer): Promise<readonly string[]> {
    const asked = [user(userId), ...roles.map(role)];
    return this.readModels.read('work', async (table) => {
      const { rows } = await sql<{ review_id: string }>`
        SELECT DISTINCT w.review_id FROM ${sql.raw(table('step_work'))} w
         WHERE w.workspace_id = ${workspaceId} AND w.turn = 'blocked'
           AND EXISTS (SELECT FROM jsonb_array_elements(w.ledger->'seats') seat WHERE seat->>'asks' = ANY(${asked}::text[]))
         ORDER BY 1`.execute(this.database.reading(workspaceId));
      return rows.map(({ review_id }) => review_id);
    });
  }
}
