import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { anId, IsContent, IsId, IsPointer, IsReason, IsTarget, IsText, Nested } from '../http/dto.js';

export const verdicts = ['approve', 'reject', 'abstain'] as const;
export const outcomes = ['approve', 'reject'] as const;
export const reopenModes = ['smart', 'restart'] as const;

const MOST_ITEMS = 100;

export class DecideBody {
  /** approve, reject or abstain */
  @IsIn(verdicts)
  verdict!: (typeof verdicts)[number];

  /**
   * The revision of the subject that was seen.
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  reviewedRevision!: number;

  @IsOptional()
  @IsText()
  comment?: string;

  /** Which assignment to fill; without it the first that is still needed. */
  @IsOptional()
  @IsId()
  assignmentId?: string;
}

export class ChangeItemBody {
  /** @example Proof of income is missing */
  @IsText()
  text!: string;

  /**
   * A place in the content, as a JSON pointer.
   * @example /income
   */
  @IsOptional()
  @IsPointer(1_000)
  path?: string;

  @IsOptional()
  @IsId()
  documentId?: string;

  /** Whether the step waits for the answer; true unless told. */
  @IsOptional()
  @IsBoolean()
  blocking?: boolean;
}

export class RequestChangesBody {
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  reviewedRevision!: number;

  @Nested(() => ChangeItemBody, { each: true })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_ITEMS)
  items!: ChangeItemBody[];

  @IsOptional()
  @IsText()
  comment?: string;
}

export class AnswerBody {
  @IsId()
  itemId!: string;

  @IsText()
  text!: string;
}

export class ResubmitBody {
  /** The next revision of the subject, whole. */
  @IsContent()
  content!: Record<string, unknown>;

  @IsOptional()
  @IsText()
  note?: string;

  @IsOptional()
  @Nested(() => AnswerBody, { each: true })
  @IsArray()
  @ArrayMaxSize(MOST_ITEMS)
  answers?: AnswerBody[];
}

export class EscalateBody {
  @IsReason()
  reason!: string;

  /**
   * `{user}` or `{role}` to ask in addition; without it the next rung of the ladder fires. Without `review:reassign`
   * only whom the step or its ladder names.
   * @example { "role": "manager" }
   */
  @IsOptional()
  @IsTarget()
  to?: Record<string, string>;
}

export class WithdrawBody {
  @IsOptional()
  @IsText(2_000)
  reason?: string;
}

export class ClearChangesBody {
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_ITEMS)
  @Matches(anId, { each: true, message: 'each of items must be an id.' })
  items!: string[];
}

export class DismissChangesBody {
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MOST_ITEMS)
  @Matches(anId, { each: true, message: 'each of items must be an id.' })
  items!: string[];

  @IsReason()
  reason!: string;
}

export class HoldBody {
  @IsReason()
  reason!: string;
}

export class ResumeBody {
  @IsOptional()
  @IsText(2_000)
  reason?: string;
}

export class RequestInfoBody {
  /** @example Who is the employer? */
  @IsText()
  question!: string;
}

export class ProvideInfoBody {
  /** @example The city */
  @IsText()
  answer!: string;
}

export class CancelBody {
  @IsReason()
  reason!: string;
}

export class OverrideBody {
  /** approve or reject */
  @IsIn(outcomes)
  outcome!: (typeof outcomes)[number];

  @IsReason()
  reason!: string;

  /** Key of a step that is being decided; the only one unless told. */
  @IsOptional()
  @IsId()
  step?: string;

  /** The revision of the subject that was seen; without it the current one is meant. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  reviewedRevision?: number;
}

export class ReopenBody {
  @IsReason()
  reason!: string;

  /** smart asks the steps again that gave the outcome, restart all of them; as the workflow says unless told. */
  @IsOptional()
  @IsIn(reopenModes)
  mode?: (typeof reopenModes)[number];
}

export class CommentBody {
  /** @example Called the client */
  @IsText()
  text!: string;
}
