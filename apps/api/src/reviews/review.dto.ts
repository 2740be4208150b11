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
import { ApiProperty } from '@nestjs/swagger';
import { reviewStatuses, slaStates } from '#libs/reviews/infrastructure/read-models/review-status/review-status.table';
import { anyJson, PageAnswer } from '../http/answers.dto.js';
import { IsAnyOf, IsContent, IsId, IsInstant, IsReason, IsTarget, IsText, Nested, Numeric } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

export const verdicts = ['approve', 'reject', 'abstain'] as const;
export const outcomes = ['approve', 'reject'] as const;
export const reopenModes = ['smart', 'restart'] as const;

const anId = /^[\w.@:-]{1,200}$/;
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

  /** A place in the content, as a JSON pointer. */
  @IsOptional()
  @IsText(1_000)
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

export class MomentQuery {
  /** As it was after this revision of its stream. */
  @IsOptional()
  @Numeric()
  @IsInt({ message: 'revision must be a whole number from 0.' })
  @Min(0, { message: 'revision must be a whole number from 0.' })
  revision?: number;

  /** As it was at this time (RFC 3339). */
  @IsOptional()
  @IsInstant()
  asOf?: string;
}

export class DiffQuery extends MomentQuery {
  /** Revision of the subject; the one before `to` unless told. */
  @IsOptional()
  @Numeric()
  @IsInt({ message: 'from must be a revision of the subject.' })
  @Min(1, { message: 'from must be a revision of the subject.' })
  from?: number;

  /** Revision of the subject; the current one unless told. */
  @IsOptional()
  @Numeric()
  @IsInt({ message: 'to must be a revision of the subject.' })
  @Min(1, { message: 'to must be a revision of the subject.' })
  to?: number;
}

export class ReviewsQuery extends PageQuery {
  /** @example in_review,changes_requested */
  @IsOptional()
  @IsAnyOf(reviewStatuses, 'a status')
  status?: string;

  /** Ids or keys. */
  @IsOptional()
  @IsAnyOf(anId, 'a workflow')
  workflow?: string;

  @IsOptional()
  @IsText(300)
  subjectType?: string;

  @IsOptional()
  @IsText(1_000)
  subjectId?: string;

  @IsOptional()
  @IsAnyOf(anId, 'a user id')
  submittedBy?: string;

  /** Whose turn it is: user ids, or `role:manager`. */
  @IsOptional()
  @IsAnyOf(anId, 'a user id or role:name')
  assignee?: string;

  /** none, running, paused or breached. */
  @IsOptional()
  @IsAnyOf(slaStates, 'a state of the SLA clock')
  sla?: string;

  /** Words that all occur in title, subject or workflow. */
  @IsOptional()
  @IsText(200)
  text?: string;

  @IsOptional()
  @IsInstant()
  'dueAt[lt]'?: string;

  @IsOptional()
  @IsInstant()
  'dueAt[lte]'?: string;

  @IsOptional()
  @IsInstant()
  'dueAt[gt]'?: string;

  @IsOptional()
  @IsInstant()
  'dueAt[gte]'?: string;

  @IsOptional()
  @IsInstant()
  'submittedAt[lt]'?: string;

  @IsOptional()
  @IsInstant()
  'submittedAt[lte]'?: string;

  @IsOptional()
  @IsInstant()
  'submittedAt[gt]'?: string;

  @IsOptional()
  @IsInstant()
  'submittedAt[gte]'?: string;
}

export class SubjectLineAnswer {
  type!: string;
  id!: string;
  title!: string | null;
}

export class ReviewLineAnswer {
  id!: string;
  /** @example in_review */
  status!: string;
  workflowKey!: string;
  subject!: SubjectLineAnswer;
  currentStep!: string | null;
  submittedBy!: string;
  submittedAt!: string;
  dueAt!: string | null;
  /** none, running, paused or breached */
  slaState!: string;
  /** An event of this review could not be applied: the line is older than the list. */
  stale?: boolean;
}

export class ReviewsAnswer {
  data!: ReviewLineAnswer[];
  page!: PageAnswer;
}

export class WorkflowPinAnswer {
  id!: string;
  key!: string;
  version!: number;
}

export class SubjectAnswer {
  type!: string;
  id!: string;
  title!: string | null;
  /** Decisions name the revision they were made on. */
  revision!: number;
  content!: Record<string, unknown>;
  contentHash!: string;
}

export class AssignmentAnswer {
  id!: string;
  /** USER or ROLE */
  type!: string;
  /** A user id or the name of a role. */
  ref!: string;
  /** open, claimed, filled, void or transferred */
  state!: string;
  claimedBy!: string | null;
  /** definition, adhoc (somebody has asked in addition or moved it), escalation or fallback */
  origin!: string;
}

export class DecisionAnswer {
  id!: string;
  actorId!: string;
  onBehalfOf!: string | null;
  /** approve, reject or abstain */
  verdict!: string;
  comment!: string | null;
  counted!: boolean;
  /** Why it does not count any more. */
  reason!: string | null;
  at!: string;
}

export class OverrideAnswer {
  /** approve or reject */
  outcome!: string;
  overriddenBy!: string;
  reason!: string;
  at!: string;
}

export class StepAnswer {
  /** @example initial-review */
  key!: string;
  /**
   * pending, open, blocked, satisfied, rejected, skipped or overridden; superseded: a revision came before its outcome;
   * closed: the review ended over its head
   */
  status!: string;
  round!: number;
  requiredApprovals!: number;
  dueAt!: string | null;
  assignments!: AssignmentAnswer[];
  decisions!: DecisionAnswer[];
  /** Who settled it in the place of whom it asks. */
  override!: OverrideAnswer | null;
}

export class ChangeRequestItemAnswer {
  id!: string;
  requestedBy!: string;
  text!: string;
  path!: string | null;
  documentId!: string | null;
  blocking!: boolean;
  /** open, cleared or dismissed */
  state!: string;
  answer!: string | null;
}

export class ChangeRequestAnswer {
  id!: string;
  step!: string;
  requestedBy!: string;
  onBehalfOf!: string | null;
  revision!: number;
  comment!: string | null;
  at!: string;
  items!: ChangeRequestItemAnswer[];
}

export class InfoRequestAnswer {
  id!: string;
  step!: string;
  requestedBy!: string;
  onBehalfOf!: string | null;
  question!: string;
  at!: string;
  /** Null while there is none, or when a new revision was the answer. */
  answer!: string | null;
  answeredBy!: string | null;
  answeredAt!: string | null;
}

export class HoldAnswer {
  heldBy!: string;
  reason!: string;
  /** The status it goes on with. */
  before!: string;
  at!: string;
}

export class AskedRulesetAnswer {
  /** @example loan-auto */
  key!: string;
  version!: number;
}

export class AskedRuleAnswer {
  name!: string;
  /** enforce, shadow or off */
  mode!: string;
  /** approve, reject or review */
  outcome!: string;
  /** matched, unmatched, unknown or off */
  result!: string;
}

export class AutoRulesAnswer {
  ruleset!: AskedRulesetAnswer;
  /** @example system:rules@3 */
  decidedBy!: string;
  /** Of the subject. */
  revision!: number;
  /** approve, reject or review */
  outcome!: string;
  /** The rule that decided; null when none matched. */
  decisive!: string | null;
  reason!: string | null;
  rules!: AskedRuleAnswer[];
  at!: string;
}

export class ReviewAnswer {
  id!: string;
  status!: string;
  round!: number;
  workflow!: WorkflowPinAnswer;
  subject!: SubjectAnswer;
  submittedBy!: string;
  currentStep!: string | null;
  /** The latest execution of each step, in the order of the definition. */
  steps!: StepAnswer[];
  changeRequest!: ChangeRequestAnswer | null;
  /** The newest question to the submitter. */
  infoRequest!: InfoRequestAnswer | null;
  /** While it is on hold. */
  hold!: HoldAnswer | null;
  /** What the automatic rules said last; null when none were asked. */
  autoRules!: AutoRulesAnswer | null;
  /** Of the stream; also the ETag. */
  revision!: number;
}

export class ChainLinkAnswer extends StepAnswer {
  startedAt!: string | null;
  completedAt!: string | null;
  outcome!: string | null;
  /** The rule as it was evaluated when the step was resolved, node by node. */
  proof!: Record<string, unknown> | null;
  /** Why it was skipped: its condition, part by part. */
  condition!: Record<string, unknown> | null;
}

export class ChainAnswer {
  /** Every execution of every step. */
  steps!: ChainLinkAnswer[];
}

export class ActorAnswer {
  id!: string;
  /** user, system, service or assistant */
  kind!: string;
  onBehalfOf!: string | null;
}

export class EventAnswer {
  id!: string;
  type!: string;
  /** Dense from 0. */
  revision!: number;
  position!: string;
  recordedAt!: string;
  actor!: ActorAnswer;
  data!: Record<string, unknown>;
}

export class EventsAnswer {
  data!: EventAnswer[];
}

export class EvidenceAnswer {
  step!: string;
  rule!: Record<string, unknown>;
  decisions!: string[];
}

export class ConditionAnswer {
  /** approvals, approvals-of-assignee, distinct-people, change-items, resubmission, information, resumption or routing */
  code!: string;
  have!: number;
  need!: number;
  who!: string[];
  /** Ids of those who could meet it by acting now. */
  people?: string[];
  since!: string;
  evidence!: EvidenceAnswer;
}

export class NextTimerAnswer {
  /** rung or breach */
  kind!: string;
  rungId!: string | null;
  action!: string | null;
  dueAt!: string;
}

export class ExplanationAnswer {
  status!: string;
  /** Everything that is missing, at once. */
  conditions!: ConditionAnswer[];
  nextTimer!: NextTimerAnswer | null;
}

export class EligiblePersonAnswer {
  userId!: string;
  may!: boolean;
  /** direct, role, escalated or delegated */
  via!: string | null;
  /** In whose name, where a delegation gives the seat. */
  onBehalfOf?: string;
  /** The code of the refusal a decision would get. */
  reason!: string | null;
}

export class EligibilityAnswer {
  people!: EligiblePersonAnswer[];
}

export class FieldDiffAnswer {
  /** JSON pointer. */
  path!: string;
  /** add, remove or replace */
  op!: string;
  @ApiProperty(anyJson as never)
  before!: unknown;
  @ApiProperty(anyJson as never)
  after!: unknown;
}

export class LineDiffAnswer {
  /** same, add or remove */
  op!: string;
  text!: string;
}

export class TextDiffAnswer {
  path!: string;
  lines!: LineDiffAnswer[];
}

export class DocumentDiffAnswer {
  documentId!: string;
  op!: string;
  before!: string | null;
  after!: string | null;
}

export class DiffAnswer {
  from!: number;
  to!: number;
  fields!: FieldDiffAnswer[];
  /** Line by line, where text became other text. */
  text!: TextDiffAnswer[];
  documents!: DocumentDiffAnswer[];
}

export class ActionAnswer {
  /** @example decide */
  action!: string;
  allowed!: boolean;
  /** The code of the refusal it would get. */
  reason!: string | null;
}

export class ActionsAnswer {
  actions!: ActionAnswer[];
}

export class FiredAnswer {
  /** How many due timers had an effect. */
  fired!: number;
}
