import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { RowAccess } from '#libs/identity/application/row-access';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { dayOf, everybody, hourOf, ofBranch, ofSubmitter, type Measure } from '../review-status/review-counters.js';
import { reviewStatuses, type ReviewStatus } from '../review-status/review-status.table.js';

/** `GET /dashboard/summary` */
export interface DashboardSummary {
  readonly byStatus: Readonly<Record<ReviewStatus, number>>;
  /** Open steps whose time is up, their clocks running. */
  readonly overdue: number;
  /** Open steps that are due on this day (UTC), over or not. */
  readonly dueToday: number;
  /** Approved or rejected on this day (UTC). */
  readonly decidedToday: number;
}

export interface DashboardRequest {
  /** The workspace, branches, or what the reader submitted: what is counted follows the reach of `dashboard:read`. */
  readonly access: RowAccess;
  /** RFC 3339 UTC. */
  readonly now: string;
}

interface Counted {
  readonly measure: Measure | 'due-now';
  readonly bucket: string;
  readonly n: string;
}

/** Read from counters that the projection keeps; only the hour that is running is looked up row by row. */
@Injectable()
export class Dashboard {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `ReadModelBehind`. */
  async summary({ access, now: at }: DashboardRequest): Promise<DashboardSummary> {
    const now = new Date(at).toISOString();
    const [today, hour] = [dayOf(now), hourOf(now)];
    const scopes = scopesOf(access);
    const counted = await this.readModels.read('core', async (table) => {
      const counters = sql.raw(table('review_counter'));
      const mine = sql`c.workspace_id = ${access.workspaceId} AND c.scope = ANY(${scopes}::text[])`;
      const { rows } = await sql<Counted>`
        SELECT c.measure, c.bucket, c.n FROM ${counters} c WHERE ${mine} AND c.measure = 'status'
        UNION ALL
        SELECT c.measure, c.bucket, c.n FROM ${counters} c
        WHERE ${mine} AND c.measure = 'due-day' AND c.bucket <= ${today}
        UNION ALL
        SELECT c.measure, c.bucket, c.n FROM ${counters} c
        WHERE ${mine} AND c.measure = 'due-hour' AND c.bucket >= ${today} AND c.bucket < ${hour}
        UNION ALL
        SELECT c.measure, c.bucket, c.n FROM ${counters} c
        WHERE ${mine} AND c.measure = 'decided' AND c.bucket = ${today}
        UNION ALL
        SELECT 'due-now', '', count(*) FROM ${sql.raw(table('review_status'))} s
        WHERE s.workspace_id = ${access.workspaceId}
          AND s.due_at >= ${`${hour}:00:00.000Z`}::timestamptz AND s.due_at < ${now}::timestamptz
          AND ${rowsOf(access)}
      `.execute(this.database.reading(access.workspaceId));
      return rows;
    });

    const sum = (measure: Counted['measure'], bucket: (bucket: string) => boolean = () => true) =>
      counted.reduce(
        (total, row) => (row.measure === measure && bucket(row.bucket) ? total + Number(row.n) : total),
        0,
      );
    const byStatus = Object.fromEntries(
      reviewStatuses.map((status) => [status, sum('status', (bucket) => bucket === status)]),
    ) as Record<ReviewStatus, number>;
    return {
      byStatus,
      overdue: sum('due-day', (day) => day < today) + sum('due-hour') + sum('due-now'),
      dueToday: sum('due-day', (day) => day === today),
      decidedToday: sum('decided'),
    };
  }
}

function scopesOf({ reach, userId }: RowAccess): string[] {
  if (reach === 'all') return [everybody];
  return reach === 'own' ? [ofSubmitter(userId)] : reach.branches.map(ofBranch);
}

function rowsOf({ reach, userId }: RowAccess) {
  if (reach === 'all') return sql`true`;
  return reach === 'own' ? sql`s.submitted_by = ${userId}` : sql`s.branch_id = ANY(${[...reach.branches]}::text[])`;
}
