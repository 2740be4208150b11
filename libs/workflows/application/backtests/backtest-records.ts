import type { BacktestResult, Flip, Past } from '../../domain/backtest/tally.js';
import type { WhichRules } from '../rulesets/ruleset-queries.js';

/** What a backtest was asked. */
export type BacktestAsked = WhichRules & Past;

export interface BacktestState {
  readonly backtestId: string;
  readonly rulesetId: string;
  readonly asked: BacktestAsked;
  readonly status: 'running' | 'succeeded' | 'failed';
  /** 0 to 1 */
  readonly fraction: number;
  /** Past decisions looked at so far. */
  readonly decisions: number;
  readonly result: BacktestResult | null;
  readonly error: string | null;
}

export interface FlipPage {
  readonly data: readonly (Flip & { readonly n: number })[];
  readonly hasMore: boolean;
}

/** Where backtests are kept while they run and after: every process of an installation sees the same. */
export abstract class BacktestRecords {
  /** False when this backtest was begun before: the same request came again. */
  abstract begin(backtest: {
    readonly backtestId: string;
    readonly workspaceId: string;
    readonly asked: BacktestAsked;
    readonly startedBy: string;
  }): Promise<boolean>;
  /** Adds flips (numbered from `first`) and says how far it is. */
  abstract advance(
    backtestId: string,
    progress: {
      readonly fraction: number;
      readonly decisions: number;
      readonly first: number;
      readonly flips: readonly Flip[];
    },
  ): Promise<void>;
  /** Says of backtests that have not ended, waiting for their turn perhaps, that their process is there. */
  abstract beat(backtestIds: readonly string[]): Promise<void>;
  abstract succeed(backtestId: string, result: BacktestResult): Promise<void>;
  abstract fail(backtestId: string, error: string): Promise<void>;
  abstract find(workspaceId: string, backtestId: string): Promise<BacktestState | undefined>;
  abstract flips(backtestId: string, page: { readonly after: number; readonly limit: number }): Promise<FlipPage>;
}
