import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { anId, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';

export interface RulesetListRequest {
  readonly workspaceId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /rulesets`. */
export interface RulesetListItem {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  /** The newest published version, null before the first. */
  readonly version: number | null;
  /** There are changes that were not published yet. */
  readonly draft: boolean;
  readonly rules: number;
}

interface Found extends Omit<RulesetListItem, 'id'> {
  readonly ruleset_id: string;
}

const CURSOR = 'rulesets';

/** The rulesets of a workspace, by key. */
@Injectable()
export class RulesetList {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list({ workspaceId, limit, cursor }: RulesetListRequest): Promise<Page<RulesetListItem>> {
    const [after = ''] = readCursor(CURSOR, cursor, [anId]) ?? [];
    const rows = await this.readModels.read('rulesets', async (table) => {
      const result = await sql<Found>`
        SELECT ruleset_id, key, name, version, draft_hash IS DISTINCT FROM published_hash AS draft, rules
        FROM ${sql.raw(table('ruleset_list'))}
        WHERE workspace_id = ${workspaceId} AND key > ${after}
        ORDER BY key LIMIT ${sql.lit(limit + 1)}`.execute(this.database.reading(workspaceId));
      return result.rows;
    });
    return pageOf(rows, limit, itemOf, ({ key }) => cursorAfter(CURSOR, [key]));
  }
}

const itemOf = ({ ruleset_id: id, key, name, version, draft, rules }: Found): RulesetListItem => ({
  id,
  key,
  name,
  version,
  draft,
  rules,
});
