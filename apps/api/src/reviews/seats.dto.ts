import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsId, IsReason, IsTarget, IsText } from '../http/dto.js';
import { verdicts } from './review-bodies.dto.js';

export class AssignmentBody {
  @IsId()
  assignmentId!: string;
}

export class AssignmentWithReasonBody extends AssignmentBody {
  @IsReason()
  reason!: string;
}

export class ReassignBody extends AssignmentWithReasonBody {
  /** The user who is asked instead. */
  @IsId()
  to!: string;
}

export class AddApproverBody {
  /**
   * Key of a step that runs.
   * @example committee
   */
  @IsId()
  step!: string;

  /**
   * `{user}` or `{role}` to ask in addition.
   * @example { "role": "manager" }
   */
  @IsTarget()
  to!: Record<string, string>;

  @IsReason()
  reason!: string;
}

export class ChangeDecisionBody {
  @IsId()
  decisionId!: string;

  /** approve, reject or abstain */
  @IsIn(verdicts)
  verdict!: (typeof verdicts)[number];

  /** The revision of the subject that was seen. */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  reviewedRevision!: number;

  @IsOptional()
  @IsText()
  comment?: string;
}

export class RescindBody {
  @IsId()
  decisionId!: string;

  @IsReason()
  reason!: string;
}
