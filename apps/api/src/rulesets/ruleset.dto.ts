import { ApiProperty } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { anyJson, PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { IsContent } from '../http/dto.js';
import { FreeForm } from '../http/validation.js';

export class RuleRowBody {
  /**
   * Dotted path or JSON pointer into the content.
   * @example amountMinor
   */
  path!: string;
  /**
   * eq, ne, lt, lte, gt, gte, in or exists
   * @example lte
   */
  op!: string;
  /** A string, an integer, true, false or null; a list for `in`; for `exists` true (default) or false. */
  @ApiProperty({ ...(anyJson as object), required: false } as never)
  value?: unknown;
}

const when = {
  description: 'Plain rows that must all hold, or one condition tree; without it the rule always matches.',
  required: false,
  anyOf: [
    { type: 'array', items: { $ref: '#/components/schemas/RuleRowBody' } },
    { type: 'object', additionalProperties: true, example: { lte: ['amountMinor', '50000'] } },
  ],
};

export class RuleBody {
  /** @example small */
  name!: string;
  @ApiProperty(when as never)
  when?: unknown;
  /** approve, reject or review; allow, deny and human say the same. */
  outcome!: string;
  reason?: string;
  /** enforce (default), shadow or off */
  mode?: string;
}

/** A ruleset; all its faults are answered at once (`definition-invalid`). */
@FreeForm()
export class RulesetBody {
  /** @example loan-auto */
  key!: string;
  name?: string;
  /** Types of the facts by dotted path: text, integer, decimal, boolean, list or map. */
  facts?: Record<string, string>;
  /** first (default for plain rows) or strictest (default for condition trees) */
  match?: string;
  rules!: RuleBody[];
}

/** As a ruleset; key and name may be left out and stay what they are. */
@FreeForm()
export class RulesetDraftBody {
  name?: string;
  facts?: Record<string, string>;
  match?: string;
  rules!: RuleBody[];
}

export class DryRunBody {
  /**
   * Content as a subject would have it.
   * @example { "amountMinor": "45000", "currency": "CHF" }
   */
  @IsContent()
  payload!: Record<string, unknown>;

  /** A published version; the draft unless told. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  version?: number;
}

export class RulesetStateAnswer {
  /** @example active */
  status!: string;
  /** The newest published version. */
  version!: number | null;
  /** The draft differs from it. */
  draft!: boolean;
}

export class RulesetReceiptAnswer extends ReceiptAnswer {
  state!: RulesetStateAnswer;
  rulesetId!: string;
  version!: number | null;
}

export class RulesetLineAnswer {
  id!: string;
  /** @example loan-auto */
  key!: string;
  name!: string;
  version!: number | null;
  draft!: boolean;
  /** How many rules. */
  rules!: number;
}

export class RulesetsAnswer {
  data!: RulesetLineAnswer[];
  page!: PageAnswer;
}

export class RuleAnswer {
  name!: string;
  /** The condition tree; without one the rule always matches. */
  when?: Record<string, unknown>;
  /** approve, reject or review */
  outcome!: string;
  reason?: string;
  /** enforce, shadow or off */
  mode!: string;
}

class RulesOfAnswer {
  key!: string;
  name!: string;
  facts?: Record<string, string>;
  /** first or strictest */
  match!: string;
  rules!: RuleAnswer[];
  /** SHA-256 over the canonical JSON of the ruleset. */
  contentHash!: string;
}

export class RulesetAnswer extends RulesOfAnswer {
  id!: string;
  version!: number | null;
  draft!: boolean;
  createdBy!: string;
  createdAt!: string;
  changedBy!: string;
  changedAt!: string;
}

export class RulesetVersionLineAnswer {
  version!: number;
  name!: string;
  contentHash!: string;
  effectiveFrom!: string;
  publishedBy!: string;
}

export class RulesetVersionsAnswer {
  data!: RulesetVersionLineAnswer[];
}

export class RulesetVersionAnswer extends RulesOfAnswer {
  rulesetId!: string;
  version!: number;
  effectiveFrom!: string;
  publishedBy!: string;
}

export class ConclusionAnswer {
  /** approve, reject or review */
  outcome!: string;
  /** The rule that decided; null when none matched. */
  decisive!: string | null;
  reason!: string | null;
}

export class TracedRuleAnswer {
  name!: string;
  mode!: string;
  outcome!: string;
  /** matched, unmatched, unknown or off */
  result!: string;
  /** Every part with the operands it saw and what it answered. */
  condition?: Record<string, unknown>;
}

export class DryRunAnswer extends ConclusionAnswer {
  rulesetId!: string;
  key!: string;
  /** null: the draft */
  version!: number | null;
  contentHash!: string;
  /** As if the rules in shadow were enforced; null when none is. */
  shadow!: ConclusionAnswer | null;
  trace!: TracedRuleAnswer[];
}
