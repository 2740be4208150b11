import { ApiProperty } from '@nestjs/swagger';
import { anyJson, erased, PageAnswer } from '../http/answers.dto.js';

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
  /** Why it does not count any more: STALE, VOID, RESCINDED, CONTRIBUTOR, DUPLICATE_PERSON or ASSIGNMENT_FILLED. */
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
  /** The ladder of a step that runs has marked it so (`priority`). */
  urgent!: boolean;
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

export class CommentAnswer {
  id!: string;
  authorId!: string;
  /** What was said; `{"$erased": true}` after the subject was erased. */
  @ApiProperty({ oneOf: [{ type: 'string' }, erased] } as never)
  text!: unknown;
  at!: string;
}

export class CommentsAnswer {
  data!: CommentAnswer[];
  page!: PageAnswer;
}
