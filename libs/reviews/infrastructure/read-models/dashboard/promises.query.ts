import { Injectable } from '@nestjs/common';
import { sql, type RawBuilder } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import {
  answerOf,
  counted,
  hourBegan,
  inWindow,
  NEWEST,
  within,
  type WorkAnswer,
  type WorkflowOfLine,
  type WorkRequest,
} from './work-request.js';

/** Step executions with a budget. */
export interface Kept {
  /** Over in the window: in time or not. Steps that nobody decided count when their time was up. */
  readonly met: number;
  readonly breached: number;
  /** Running now: in time; with three quarters of the budget used up; late; with a clock that stands. */
  readonly onTrack: number;
  readonly atRisk: number;
  readonly late: number;
  readonly paused: number;
}

export interface StepPromise extends Kept {
  readonly step: string;
  /** What the newest of its budgets is counted in. */
  readonly unit: string | null;
  /** Whose time it was, in milliseconds of that unit, and of how many steps that were completed in the window. */
  readonly attribution: {
    readonly of: number;
    readonly approver: number;
    readonly submitter: number;
    readonly hold: number;
    readonly blocked: number;
  };
}

export interface WorkflowPromise extends Kept {
  readonly workflow: WorkflowOfLine;
  readonly steps: readonly StepPromise[];
}

type Counts = Readonly<Record<'met' | 'breached' | 'running' | 'paused' | 'breaching' | 'at_risk' | 'late', string>>;
type Sums = Readonly<Record<'approver' | 'submitter' | 'hold' | 'blocked', string | null>>;
interface Found extends Counts, Sums {
  readonly workflow_id: string;
  readonly workflow_key: string;
  readonly step: string;
  readonly unit: string | null;
  readonly completed: string;
}

/** `GET /dashboard/sla`: workflows with most that is late first. */
@Injectable()
export class Promises {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {}

  /** Throws `ReadModelBehind`. */
  async list(request: WorkRequest): Promise<WorkAnswer<WorkflowPromise>> {
    const rows = await this.readModels.read('work', async (table) => {
      const result = await promisesSql(request, table).execute(this.database.reading(request.access.workspaceId));
      return result.rows;
    });
    const workflows = Map.groupBy(rows, ({ workflow_id }) => workflow_id);
    return answerOf(request, [...workflows.values()], workflowOf);
  }
}

/** Exported for the plan check. Row by row is looked up what came to risk in this hour, and what no timer has told yet. */
export function promisesSql(request: WorkRequest, table: (name: string) => string): RawBuilder<Found> {
  const work = sql.raw(table('step_work'));
  const now = sql`${request.now}::timestamptz`;
  const sum = (measure: string, who?: string) =>
    sql`coalesce(sum(n) FILTER (WHERE measure = ${sql.lit(measure)} ${who ? sql`AND who = ${sql.lit(who)}` : sql``}), 0)`;
  const measures = { now: ['sla'], window: ['ended', 'lapsed'], hours: ['risk'] } as const;
  return sql<Found>`
    WITH counted AS (
      SELECT measure, workflow_id, workflow_key, step, who, n
      FROM (${counted(request, table('work_counter'), measures)}) each
      WHERE who <> 'none'
      UNION ALL
      SELECT 'risk', w.workflow_id, w.workflow_key, w.step, '', 1 FROM ${work} w
      WHERE ${within('w', request)} AND w.sla = 'running'
        AND w.risk_at >= ${hourBegan(request.now)}::timestamptz AND w.risk_at <= ${now}
      UNION ALL
      SELECT 'late', w.workflow_id, w.workflow_key, w.step, '', 1 FROM ${work} w
      WHERE ${within('w', request)} AND w.sla = 'running' AND w.due_at < ${now}
    ), line AS (
      SELECT workflow_id, workflow_key, step,
             ${sum('ended', 'met')} AS met, ${sum('ended', 'breached')} + ${sum('lapsed')} AS breached,
             ${sum('sla', 'running')} AS running, ${sum('sla', 'paused')} AS paused,
             ${sum('sla', 'breached')} AS breaching, ${sum('risk')} - ${sum('late')} AS at_risk, ${sum('late')} AS late
      FROM counted GROUP BY workflow_id, workflow_key, step
    ), workflow AS (
      SELECT workflow_id, sum(breaching + late) AS late, sum(breached) AS breached, min(workflow_key) AS key
      FROM line GROUP BY workflow_id ORDER BY late DESC, breached DESC, key LIMIT ${sql.lit(request.limit + 1)}
    )
    SELECT line.*, spent.*
    FROM workflow JOIN line USING (workflow_id) CROSS JOIN LATERAL (
      SELECT count(*) AS completed, (array_agg(unit))[1] AS unit, sum(approver_ms)::bigint AS approver,
             sum(submitter_ms)::bigint AS submitter, sum(hold_ms)::bigint AS hold, sum(blocked_ms)::bigint AS blocked
      FROM (
        SELECT w.unit, w.approver_ms, w.submitter_ms, w.hold_ms, w.blocked_ms FROM ${work} w
        WHERE ${within('w', request)} AND w.workflow_id = line.workflow_id AND w.step = line.step
          AND w.kind = 'step' AND w.outcome IN ('satisfied', 'rejected') AND w.unit IS NOT NULL
          AND ${inWindow('w.ended_at', request)}
        ORDER BY w.ended_at DESC LIMIT ${sql.lit(NEWEST)}
      ) newest
    ) spent
    ORDER BY workflow.late DESC, workflow.breached DESC, workflow.key, line.step`;
}

function workflowOf(rows: readonly Found[]): WorkflowPromise {
  const [first] = rows;
  if (!first) throw new Error('A workflow has at least one line.');
  const steps = rows.map(stepOf);
  const total = (of: keyof Kept) => steps.reduce((sum, step) => sum + step[of], 0);
  return {
    workflow: { id: first.workflow_id, key: first.workflow_key },
    met: total('met'),
    breached: total('breached'),
    onTrack: total('onTrack'),
    atRisk: total('atRisk'),
    late: total('late'),
    paused: total('paused'),
    steps,
  };
}

const stepOf = (row: Found): StepPromise => ({
  step: row.step,
  met: Number(row.met),
  breached: Number(row.breached),
  // A breach that no timer has told yet is one.
  onTrack: Number(row.running) - Number(row.at_risk) - Number(row.late),
  atRisk: Number(row.at_risk),
  late: Number(row.breaching) + Number(row.late),
  paused: Number(row.paused),
  unit: row.unit,
  attribution: {
    of: Number(row.completed),
    approver: Number(row.approver),
    submitter: Number(row.submitter),
    hold: Number(row.hold),
    blocked: Number(row.blocked),
  },
});
