import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { ClocksCounting, type OutdatedBy } from '../../../application/clocks-counting.js';

/** Finds the open reviews by the calendars they have pinned. */
@Injectable()
export class PinnedClocks extends ClocksCounting {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {
    super();
  }

  override outdated({ workspaceId, key, version, after, limit }: OutdatedBy): Promise<readonly string[]> {
    return this.readModels.read('clocks', async (table) => {
      const { rows } = await sql<{ review_id: string }>`
        SELECT review_id FROM ${sql.raw(table('review_calendar'))}
         WHERE workspace_id = ${workspaceId} AND calendar_key = ${key} AND open
           AND review_id > ${after} AND version < ${version}
         ORDER BY review_id LIMIT ${sql.lit(limit)}`.execute(this.database.reading(workspaceId));
      return rows.map(({ review_id }) => review_id);
    });
  }
}
