import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import {
  answerOf,
  counted,
  inWindow,
  NEWEST,
  within,
  type Percentiles,
  type WorkAnswer,
  type WorkflowOfLine,
  type WorkRequest,
} from './work-request.js';

/** Where reviews wait: one step of a workflow. */
export interface Bottleneck {
  readonly workflow: WorkflowOfLine;
  readonly step: string;
  /** Executions that run now, and how many of them are blocked or on hold. */
  readonly open: number;
  readonly blocked: number;
  readonly onHold: number;
  readonly oldestSince: string | null;
  /** Open seats by whom they ask: `user:…`, `role:…`; reviews that are the submitter's turn: `submitter`. */
  readonly waitsFor: readonly { readonly who: string; readonly open: number }[];
  /** Approved or rejected in the window. */
  readonly completed: number;
  /** How long those were open, in milliseconds: open hours where a calendar applies, pauses left out. */
  readonly waiting: Percentiles;
  /** How often its people asked for changes, or for information, in the window. */
  readonly sentBack: number;
  readonly asked: number;
}

interface Found {
  readonly workflow_id: string;
  readonly workflow_key: string;
  readonly step: string;
  readonly open: string;
  readonly blocked: string;
  readonly on_hold: string;
  readonly oldest: Date | null;
  readonly waits: Readonly<Record<string, number>> | null;
  readonly completed: string;
  readonly sent_back: string;
  readonly asked: string;
  readonly p50: string | null;
  readonly p90: string | null;
}

/** `GET /dashboard/bottlenecks`: the steps with most reviews first. */
@Injectable()
export class Bottlenecks {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `ReadModelBehind`. */
  async list(request: WorkRequest): Promise<WorkAnswer<Bottleneck>> {
    const rows = await this.readModels.read('work', async (table) => {
      const result = await bottlenecksSql(request, table).execute(this.database.reading(request.access.workspaceId));
      return result.rows;
    });
    return answerOf(request, rows, lineOf);
  }
}

/** Exported for the plan check. */
export function bottlenecksSql(request: WorkRequest, table: (name: string) => string): RawBuilder<Found> {
  const work = sql.raw(table('step_work'));
  const measures = { now: ['turn', 'waits'], window: ['ended', 'returned', 'asked'] } as const;
  return sql<Found>`
    WITH counted AS (
      SELECT measure, workflow_id, workflow_key, step, who, sum(n)::bigint AS n
      FROM (${counted(request, table('work_counter'), measures)}) each
      GROUP BY measure, workflow_id, workflow_key, step, who
    ), line AS (
      SELECT workflow_id, workflow_key, step,
             coalesce(sum(n) FILTER (WHERE measure = 'turn'), 0) AS open,
             coalesce(sum(n) FILTER (WHERE measure = 'turn' AND who = 'blocked'), 0) AS blocked,
             coalesce(sum(n) FILTER (WHERE measure = 'turn' AND who = 'system'), 0) AS on_hold,
             jsonb_object_agg(who, n) FILTER (WHERE measure = 'waits') AS waits,
             coalesce(sum(n) FILTER (WHERE measure = 'ended'), 0) AS completed,
             coalesce(sum(n) FILTER (WHERE measure = 'returned'), 0) AS sent_back,
             coalesce(sum(n) FILTER (WHERE measure = 'asked'), 0) AS asked
      FROM counted GROUP BY workflow_id, workflow_key, step
      ORDER BY open DESC, completed DESC, workflow_key, step LIMIT ${sql.lit(request.limit + 1)}
    )
    SELECT line.*, took.at[1] AS p50, took.at[2] AS p90,
           (SELECT w.since FROM ${work} w
             WHERE ${within('w', request)} AND w.workflow_id = line.workflow_id AND w.step = line.step
               AND w.turn IS NOT NULL ORDER BY w.since LIMIT 1) AS oldest
    FROM line CROSS JOIN LATERAL (
      SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY took_ms) AS at FROM (
        SELECT w.took_ms FROM ${work} w
        WHERE ${within('w', request)} AND w.workflow_id = line.workflow_id AND w.step = line.step
          AND w.kind = 'step' AND w.outcome IN ('satisfied', 'rejected') AND ${inWindow('w.ended_at', request)}
        ORDER BY w.ended_at DESC LIMIT ${sql.lit(NEWEST)}
      ) newest
    ) took
    ORDER BY line.open DESC, line.completed DESC, line.workflow_key, line.step`;
}

const lineOf = (row: Found): Bottleneck => ({
  workflow: { id: row.workflow_id, key: row.workflow_key },
  step: row.step,
  open: Number(row.open),
  blocked: Number(row.blocked),
  onHold: Number(row.on_hold),
  oldestSince: row.oldest?.toISOString() ?? null,
  waitsFor: Object.entries(row.waits ?? {})
    .map(([who, open]) => ({ who, open }))
    .toSorted((a, b) => b.open - a.open || (a.who < b.who ? -1 : 1)),
  completed: Number(row.completed),
  waiting: percentiles(row),
  sentBack: Number(row.sent_back),
  asked: Number(row.asked),
});

export const percentiles = ({ p50, p90 }: { p50: string | null; p90: string | null }): Percentiles => ({
  p50: p50 === null ? null : Number(p50),
  p90: p90 === null ? null : Number(p90),
});
