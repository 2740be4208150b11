import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import { cursorAfter, pageOf, readCursor } from '#libs/kernel/application/page';
import type { CommandMetadata } from '#libs/kernel/domain/message';
import type { BacktestState } from '#libs/workflows/application/backtests/backtest-records';
import { Backtests } from '#libs/workflows/application/backtests/backtests';
import { RulesetQueries } from '#libs/workflows/application/rulesets/ruleset-queries';
import type { PageQuery } from '../http/paging.dto.js';
import type { JobAnswer } from '../operations/operations.dto.js';
import type { BacktestBody, FlipsAnswer } from './backtest.dto.js';

const PREFIX = 'backtest-';
const ID = /^backtest-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const CURSOR = 'flips';
const aNumber = (text: string) => /^\d{1,9}$/.test(text);
/** Flips that the job itself shows. */
const FIRST = 100;

export const isBacktest = (jobId: string): boolean => jobId.startsWith(PREFIX);

/** Backtests as jobs. */
@Injectable()
export class BacktestJobs {
  constructor(
    private readonly backtests: Backtests,
    private readonly rulesets: RulesetQueries,
  ) {}

  async start(ruleset: string, body: BacktestBody, metadata: CommandMetadata): Promise<JobAnswer> {
    return this.shown(metadata.workspaceId, await this.backtests.start(ruleset, body, metadata));
  }

  /** @throws NotFound */
  async job(workspaceId: string, jobId: string): Promise<JobAnswer> {
    return this.shown(workspaceId, await this.backtests.find(workspaceId, idOf(jobId)));
  }

  /** @throws NotFound, RulesetNotFound, InvalidCursor */
  async flips(
    workspaceId: string,
    { ruleset, job }: { ruleset: string; job: string },
    { limit, cursor }: PageQuery,
  ): Promise<FlipsAnswer> {
    const [after = '0'] = readCursor(CURSOR, cursor, [aNumber]) ?? [];
    const { view } = await this.rulesets.detail(workspaceId, ruleset);
    const { backtestId, rulesetId } = await this.backtests.find(workspaceId, idOf(job));
    if (rulesetId !== view.id) throw new NotFound();
    const { data } = await this.backtests.flips(workspaceId, backtestId, { after: Number(after), limit: limit + 1 });
    return pageOf(
      data,
      limit,
      (flip) => flip,
      ({ n }) => cursorAfter(CURSOR, [String(n)]),
    );
  }

  private async shown(workspaceId: string, state: BacktestState): Promise<JobAnswer> {
    const { backtestId, asked, status, fraction, decisions, result, error } = state;
    const id = `${PREFIX}${backtestId}`;
    const job = { id, kind: 'backtest', status, fraction, applied: decisions, error };
    if (!result) return { ...job, result: null };
    const { data } = await this.backtests.flips(workspaceId, backtestId, { after: 0, limit: FIRST });
    const { rulesetId, contentHash } = asked;
    const version = await this.rulesets.numberOf(workspaceId, asked);
    const flipsUrl = `/api/v1/rulesets/${rulesetId}/backtests/${id}/flips`;
    const found = {
      rulesetId,
      version,
      contentHash,
      ...result,
      rules: [...result.rules],
      firstFlips: [...data],
      flipsUrl,
    };
    return { ...job, result: found };
  }
}

function idOf(jobId: string): string {
  const [, id] = ID.exec(jobId) ?? [];
  if (id === undefined) throw new NotFound();
  return id;
}
