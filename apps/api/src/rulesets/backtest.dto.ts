import { IsBoolean, IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { PageAnswer } from '../http/answers.dto.js';
import { IsInstant } from '../http/dto.js';

export class BacktestBody {
  /** A published version; the draft unless told. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  version?: number;

  /**
   * Key: only reviews under this workflow.
   * @example loan-approval
   */
  @IsOptional()
  @Matches(/^[a-z0-9][a-z0-9-]{0,62}$/, { message: 'workflow must be the key of a workflow.' })
  workflow?: string;

  /** Only what was decided at or after this time. */
  @IsOptional()
  @IsInstant()
  from?: string;

  /** Only what was decided before this time. */
  @IsOptional()
  @IsInstant()
  to?: string;

  /** As if the rules in shadow were enforced. */
  @IsOptional()
  @IsBoolean()
  shadow?: boolean;
}

export class OutcomesAnswer {
  approve!: number;
  reject!: number;
  review!: number;
}

export class OutcomesByEndAnswer {
  approved!: OutcomesAnswer;
  rejected!: OutcomesAnswer;
}

export class RuleDecidedAnswer {
  name!: string;
  decided!: number;
}

export class FlipAnswer {
  /** In the order the reviews ended, from 1. */
  n!: number;
  reviewId!: string;
  workflowKey!: string;
  /** approved or rejected */
  was!: string;
  /** approve or reject */
  would!: string;
  /** The rule that would have decided. */
  rule!: string;
  decidedAt!: string;
}

export class BacktestFoundAnswer {
  rulesetId!: string;
  /** null: the draft */
  version!: number | null;
  contentHash!: string;
  /** Reviews that were approved or rejected. */
  decisions!: number;
  /** Decided otherwise than they were. */
  flips!: number;
  /** Decided as they were, without people. */
  same!: number;
  /** Left to people. */
  left!: number;
  outcomes!: OutcomesByEndAnswer;
  rules!: RuleDecidedAnswer[];
  /** The first of them; all are at `flipsUrl`. */
  firstFlips!: FlipAnswer[];
  flipsUrl!: string;
}

export class FlipsAnswer {
  data!: FlipAnswer[];
  page!: PageAnswer;
}
