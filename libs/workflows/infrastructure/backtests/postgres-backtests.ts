import { Injectable } from '@nestjs/common';
import { Database } from '#libs/postgres/infrastructure/database';
import {
  BacktestRecords,
  type BacktestAsked,
  type BacktestState,
  type FlipPage,
} from '../../application/backtests/backtest-records.js';
import type { BacktestResult, Flip } from '../../domain/backtest/tally.js';

/** How long a backtest that has not ended may be silent before it is taken for gone. */
const SILENCE = '2 minutes';
const KEPT = '30 days';

interface Row {
  readonly backtest_id: string;
  readonly ruleset_id: string;
  readonly asked: BacktestAsked;
  readonly status: BacktestState['status'];
  readonly fraction: number;
  readonly decisions: string;
  readonly result: BacktestResult | null;
  readonly error: string | null;
  readonly silent: boolean;
}

interface FlipRow {
  readonly n: number;
  readonly review_id: string;
  readonly workflow_key: string;
  readonly was: Flip['was'];
  readonly would: Flip['would'];
  readonly rule: string;
  readonly decided_at: Date;
}

/** Backtests in `rules.backtests` and `rules.backtest_flips`. */
@Injectable()
export class PostgresBacktests extends BacktestRecords {
  constructor(private readonly database: Database) {
    super();
  }

  override async begin({ backtestId, workspaceId, asked, startedBy }: Parameters<BacktestRecords['begin']>[0]) {
    const { pool } = this.database;
    await pool.query(`DELETE FROM rules.backtests WHERE started_at < now() - interval '${KEPT}'`);
    const { rowCount } = await pool.query(
      `INSERT INTO rules.backtests (backtest_id, workspace_id, ruleset_id, asked, status, started_by)
       VALUES ($1, $2, $3, $4, 'running', $5) ON CONFLICT (backtest_id) DO NOTHING`,
      [backtestId, workspaceId, asked.rulesetId, JSON.stringify(asked), startedBy],
    );
    return rowCount === 1;
  }

  override async advance(
    backtestId: string,
    { fraction, decisions, first, flips }: Parameters<BacktestRecords['advance']>[1],
  ): Promise<void> {
    const rows = flips.map(({ reviewId, workflowKey, was, would, rule, decidedAt }, i) => ({
      n: first + i,
      review_id: reviewId,
      workflow_key: workflowKey,
      was,
      would,
      rule,
      decided_at: decidedAt,
    }));
    await this.database.pool.query(
      `WITH added AS (
         INSERT INTO rules.backtest_flips (backtest_id, n, review_id, workflow_key, was, would, rule, decided_at)
         SELECT $1, n, review_id, workflow_key, was, would, rule, decided_at FROM json_to_recordset($2) AS row
           (n integer, review_id text, workflow_key text, was text, would text, rule text, decided_at timestamptz)
       )
       UPDATE rules.backtests SET fraction = $3, decisions = $4, beat_at = now() WHERE backtest_id = $1`,
      [backtestId, JSON.stringify(rows), fraction, decisions],
    );
  }

  override async beat(backtestIds: readonly string[]): Promise<void> {
    await this.database.pool.query(
      `UPDATE rules.backtests SET beat_at = now() WHERE backtest_id = ANY ($1::uuid[]) AND status = 'running'`,
      [backtestIds],
    );
  }

  override async succeed(backtestId: string, result: BacktestResult): Promise<void> {
    await this.database.pool.query(
      `UPDATE rules.backtests SET status = 'succeeded', fraction = 1, decisions = $3, result = $2, beat_at = now()
       WHERE backtest_id = $1`,
      [backtestId, JSON.stringify(result), result.decisions],
    );
  }

  override async fail(backtestId: string, error: string): Promise<void> {
    await this.database.pool.query(
      `UPDATE rules.backtests SET status = 'failed', error = $2, beat_at = now() WHERE backtest_id = $1`,
      [backtestId, error],
    );
  }

  override async find(workspaceId: string, backtestId: string): Promise<BacktestState | undefined> {
    const { rows } = await this.database.pool.query<Row>(
      `SELECT backtest_id, ruleset_id, asked, status, fraction, decisions, result, error,
              status = 'running' AND beat_at < now() - interval '${SILENCE}' AS silent
       FROM rules.backtests WHERE backtest_id = $1 AND workspace_id = $2`,
      [backtestId, workspaceId],
    );
    const [row] = rows;
    if (!row) return undefined;
    return {
      backtestId: row.backtest_id,
      rulesetId: row.ruleset_id,
      asked: row.asked,
      status: row.silent ? 'failed' : row.status,
      fraction: row.fraction,
      decisions: Number(row.decisions),
      result: row.result,
      error: row.silent ? 'The process that ran it is gone.' : row.error,
    };
  }

  override async flips(backtestId: string, { after, limit }: { after: number; limit: number }): Promise<FlipPage> {
    const { rows } = await this.database.pool.query<FlipRow>(
      `SELECT n, review_id, workflow_key, was, would, rule, decided_at FROM rules.backtest_flips
       WHERE backtest_id = $1 AND n > $2 ORDER BY n LIMIT $3`,
      [backtestId, after, limit + 1],
    );
    return { data: rows.slice(0, limit).map(flipOf), hasMore: rows.length > limit };
  }
}

const flipOf = ({ n, review_id, workflow_key, was, would, rule, decided_at }: FlipRow) => ({
  n,
  reviewId: review_id,
  workflowKey: workflow_key,
  was,
  would,
  rule,
  decidedAt: decided_at.toISOString(),
});
