import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { percentiles } from './bottlenecks.query.js';
import {
  answerOf,
  counted,
  inWindow,
  NEWEST,
  within,
  type Percentiles,
  type WorkAnswer,
  type WorkRequest,
} from './work-request.js';

/** How much somebody has to do, and does. */
export interface Workload {
  /** `user:…` or `role:…` */
  readonly who: string;
  /** Assignments that can be filled now: those of a person by name or claim, those of a role that nobody has claimed. */
  readonly open: number;
  /** Of those: on steps whose due time has passed. */
  readonly overdue: number;
  /** Decisions in the window: by that person, or through that role. */
  readonly decided: number;
  /** From when the assignment was given to the decision, in milliseconds: open hours where a calendar applies. */
  readonly timeToDecide: Percentiles;
}

interface Found {
  readonly who: string;
  readonly open: string;
  readonly overdue: string;
  readonly decided: string;
  readonly p50: string | null;
  readonly p90: string | null;
}

/** `GET /dashboard/workload`: who has most overdue first, then who has most open. */
@Injectable()
export class Workloads {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `ReadModelBehind`. */
  async list(request: WorkRequest): Promise<WorkAnswer<Workload>> {
    const rows = await this.readModels.read('work', async (table) => {
      const result = await workloadSql(request, table).execute(this.database.reading(request.access.workspaceId));
      return result.rows;
    });
    return answerOf(request, rows, lineOf);
  }
}

/** Exported for the plan check. Counters tell what is late; row by row only what no timer has told yet. */
export function workloadSql(request: WorkRequest, table: (name: string) => string): RawBuilder<Found> {
  const work = sql.raw(table('step_work'));
  const newest = (column: 'actor' | 'role') => sql`
    SELECT w.took_ms FROM ${work} w
    WHERE ${within('w', request)} AND ${sql.ref(`w.${column}`)} = line.who AND ${inWindow('w.since', request)}
    ORDER BY w.since DESC LIMIT ${sql.lit(NEWEST)}`;
  return sql<Found>`
    WITH counted AS (
      SELECT measure, who, n
      FROM (${counted(request, table('work_counter'), { now: ['waits', 'late'], window: ['decided'] })}) each
      WHERE who <> 'submitter'
      UNION ALL
      SELECT 'late', untold.who, 1 FROM ${work} w CROSS JOIN LATERAL unnest(w.waits_for) AS untold(who)
      WHERE ${within('w', request)} AND w.sla = 'running' AND w.due_at < ${request.now}::timestamptz
        AND w.turn = 'assignee'
    ), line AS (
      SELECT who,
             coalesce(sum(n) FILTER (WHERE measure = 'waits'), 0) AS open,
             coalesce(sum(n) FILTER (WHERE measure = 'late'), 0) AS overdue,
             coalesce(sum(n) FILTER (WHERE measure = 'decided'), 0) AS decided
      FROM counted GROUP BY who
      ORDER BY overdue DESC, open DESC, decided DESC, who LIMIT ${sql.lit(request.limit + 1)}
    )
    SELECT line.*, took.at[1] AS p50, took.at[2] AS p90
    FROM line CROSS JOIN LATERAL (
      SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY took_ms) AS at
      FROM ((${newest('actor')}) UNION ALL (${newest('role')})) newest
    ) took
    ORDER BY line.overdue DESC, line.open DESC, line.decided DESC, line.who`;
}

const lineOf = (row: Found): Workload => ({
  who: row.who,
  open: Number(row.open),
  overdue: Number(row.overdue),
  decided: Number(row.decided),
  timeToDecide: percentiles(row),
});
