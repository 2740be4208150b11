import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { anId, cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';

export interface WorkflowListRequest {
  readonly workspaceId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** One line of `GET /workflows`. */
export interface WorkflowListItem {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  /** The newest published version, null before the first. */
  readonly version: number | null;
  /** There are changes that were not published yet. */
  readonly draft: boolean;
  readonly retired: boolean;
  /** Reviews under any of its versions that are not over. */
  readonly running: number;
}

interface Found {
  readonly workflow_id: string;
  readonly key: string;
  readonly name: string;
  readonly version: number | null;
  readonly draft: boolean;
  readonly retired: boolean;
  readonly running: string;
}

const CURSOR = 'workflows';

/** The workflows of a workspace, by key. */
@Injectable()
export class WorkflowList {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `InvalidCursor`, `ReadModelBehind`. */
  async list({ workspaceId, limit, cursor }: WorkflowListRequest): Promise<Page<WorkflowListItem>> {
    const [after = ''] = readCursor(CURSOR, cursor, [anId]) ?? [];
    const rows = await this.readModels.read('workflows', async (table) => {
      const result = await sql<Found>`
        SELECT w.workflow_id, w.key, w.name, w.version, w.draft_hash IS DISTINCT FROM w.published_hash AS draft,
               w.retired, coalesce(running.n, 0) AS running
        FROM ${sql.raw(table('workflow_list'))} w CROSS JOIN LATERAL (
          SELECT sum(r.n) AS n FROM ${sql.raw(table('workflow_running'))} r
          WHERE r.workspace_id = w.workspace_id AND r.workflow_id = w.workflow_id
        ) running
        WHERE w.workspace_id = ${workspaceId} AND w.key > ${after}
        ORDER BY w.key LIMIT ${sql.lit(limit + 1)}`.execute(this.database.reading(workspaceId));
      return result.rows;
    });
    return pageOf(rows, limit, itemOf, ({ key }) => cursorAfter(CURSOR, [key]));
  }

  /** Reviews that are not over, by the version they are pinned to; oldest version first. Throws `ReadModelBehind`. */
  async running(workspaceId: string, workflowId: string): Promise<readonly { version: number; reviews: number }[]> {
    return this.readModels.read('workflows', async (table) => {
      const { rows } = await sql<{ version: string; n: string }>`
        SELECT version, n FROM ${sql.raw(table('workflow_running'))}
        WHERE workspace_id = ${workspaceId} AND workflow_id = ${workflowId} AND n > 0`.execute(
        this.database.reading(workspaceId),
      );
      return rows
        .map(({ version, n }) => ({ version: Number(version), reviews: Number(n) }))
        .toSorted((a, b) => a.version - b.version);
    });
  }
}

const itemOf = ({ workflow_id: id, key, name, version, draft, retired, running }: Found): WorkflowListItem => ({
  id,
  key,
  name,
  version,
  draft,
  retired,
  running: Number(running),
});
