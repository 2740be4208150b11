import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { IsContent, IsText, Nested, Numeric } from '../http/dto.js';
import { anyJson, PageAnswer, WorkflowReceiptAnswer } from '../http/answers.dto.js';
import { FreeForm } from '../http/validation.js';

export class AssigneeBody {
  /**
   * USER or ROLE
   * @example ROLE
   */
  type!: string;
  /**
   * A user id or the name of a role.
   * @example officer
   */
  id!: string;
  /** How many assignments a ROLE makes, each for a different holder. */
  seats?: number;
  /** How many of them must approve besides the step's own rule. */
  minApprovals?: number;
  /** A rule may ask one group of assignees. */
  group?: string;
  /** What each of these votes weighs; 1. */
  weight?: number;
  /** A rejection ends the step, whatever its rule. */
  veto?: boolean;
  /** JSON pointers of the content that they answer for; all of it. */
  scope?: string[];
}

export class EscalationBody {
  /** Wall hours after the step started; 0 = at once. */
  afterHours!: number;
  /** NOTIFY, ADD (default), REASSIGN or EXPIRE. */
  action?: string;
  /** USER or ROLE */
  toType?: string | null;
  toId?: string | null;
  /** User ids or `ROLE:name`. */
  notify?: string[];
}

export class StepBody {
  /** @example initial-review */
  key!: string;
  name?: string;
  assignees!: AssigneeBody[];
  /** How many must approve. */
  requiredApprovals?: number | null;
  /** Wall hours until the step is due. */
  slaHours?: number | null;
  sla?: Record<string, unknown> | null;
  escalation?: EscalationBody | null;
  ladder?: Record<string, unknown>[];
  /**
   * When the step is satisfied: any, all, count, percent, weight, joined with and/or. Replaces requiredApprovals.
   * @example { "percent": "66.67", "of": "seated" }
   */
  rule?: Record<string, unknown>;
  /** How many different people must decide, on top of the rule; 1. */
  floor?: number;
  /** step or review: whether the deciders of earlier steps may decide here. */
  distinct?: string;
  /** immediate: the first rejection ends the step; collect: it counts in the rule. */
  onReject?: string;
  /** scoped, any or never: which changes of the subject void a decision. */
  staleness?: string;
  maxRounds?: number;
  /** reject or escalate */
  onMaxRounds?: string;
  /** frozen or live: whether holders of a role are those of the step's start. */
  electorate?: string;
  /**
   * The step runs where this is true of the content, and where it cannot be known.
   * @example { "gt": ["amountMinor", "2000000"] }
   */
  when?: Record<string, unknown>;
  /** Starts together with the step before it. */
  parallel?: boolean;
  /** An enforced rule may satisfy it. */
  auto?: boolean;
  /** How long a claim holds an assignment. */
  claimLease?: Record<string, unknown>;
  /** Key of the calendar of business time. */
  calendar?: string;
}

/** A definition; all its faults are answered at once (`definition-invalid`). */
@FreeForm()
export class WorkflowBody {
  /** @example loan-approval */
  key!: string;
  /** @example Loan approval */
  name!: string;
  steps!: StepBody[];
  fourEyes?: Record<string, unknown>;
  /** Rules that are asked before people are: {ruleset}. */
  auto?: Record<string, unknown>;
  /** How often a review that ended may be opened again: {mode: smart or restart, max}. */
  reopen?: Record<string, unknown>;
  calendar?: string;
}

/** As a definition; key and name may be left out and stay what they are. */
@FreeForm()
export class DraftBody {
  name?: string;
  steps!: StepBody[];
  fourEyes?: Record<string, unknown>;
  /** Rules that are asked before people are: {ruleset}. */
  auto?: Record<string, unknown>;
  /** How often a review that ended may be opened again: {mode: smart or restart, max}. */
  reopen?: Record<string, unknown>;
  calendar?: string;
}

export class SubjectBody {
  /** @example loan */
  @IsText(100)
  type!: string;

  /** @example loan-4711 */
  @IsText(200)
  id!: string;

  /** @example Loan of Ann */
  @IsOptional()
  @IsText(300)
  title?: string;

  /**
   * What is under review: a JSON object of at most 256 KiB and 32 levels. Numbers are integers; a fraction is sent as a
   * decimal string.
   * @example { "amountMinor": "4500000", "currency": "USD" }
   */
  @IsContent()
  content!: Record<string, unknown>;
}

export class StartBody {
  @Nested(() => SubjectBody)
  subject!: SubjectBody;

  @IsOptional()
  @IsText()
  note?: string;
}

export class VersionsQuery {
  @Numeric()
  @IsInt({ message: 'from must be a version.' })
  @Min(1, { message: 'from must be a version.' })
  @Max(1_000_000, { message: 'from must be a version.' })
  from!: number;

  @Numeric()
  @IsInt({ message: 'to must be a version.' })
  @Min(1, { message: 'to must be a version.' })
  @Max(1_000_000, { message: 'to must be a version.' })
  to!: number;
}

export class WorkflowLineAnswer {
  id!: string;
  /** @example loan-approval */
  key!: string;
  name!: string;
  /** The newest published version. */
  version!: number | null;
  /** There are changes that were not published yet. */
  draft!: boolean;
  retired!: boolean;
  /** Reviews that are not over. */
  running!: number;
}

export class WorkflowsAnswer {
  data!: WorkflowLineAnswer[];
  page!: PageAnswer;
}

export class PresentedStepAnswer extends StepBody {
  index!: number;
}

export class WorkflowAnswer {
  id!: string;
  key!: string;
  name!: string;
  version!: number | null;
  draft!: boolean;
  retired!: boolean;
  steps!: PresentedStepAnswer[];
  fourEyes!: Record<string, unknown>;
  auto?: Record<string, unknown>;
  reopen?: Record<string, unknown>;
  calendar?: string;
  /** SHA-256 over the canonical JSON of the definition. */
  contentHash!: string;
  createdBy!: string;
  createdAt!: string;
  changedBy!: string;
  changedAt!: string;
}

export class VersionLineAnswer {
  version!: number;
  name!: string;
  contentHash!: string;
  effectiveFrom!: string;
  publishedBy!: string;
}

export class VersionsAnswer {
  data!: VersionLineAnswer[];
}

export class VersionAnswer extends VersionLineAnswer {
  workflowId!: string;
  key!: string;
  steps!: PresentedStepAnswer[];
  fourEyes!: Record<string, unknown>;
  auto?: Record<string, unknown>;
  reopen?: Record<string, unknown>;
  calendar?: string;
}

export class FieldChangeAnswer {
  /** JSON pointer; steps are named by their key. */
  path!: string;
  /** add, remove or replace */
  op!: string;
  @ApiProperty(anyJson as never)
  before?: unknown;
  @ApiProperty(anyJson as never)
  after?: unknown;
}

export class VersionDiffAnswer {
  from!: number;
  to!: number;
  fields!: FieldChangeAnswer[];
}

export class FaultAnswer {
  pointer!: string;
  code!: string;
  detail!: string;
}

export class DefinitionCheckAnswer {
  valid!: boolean;
  errors!: FaultAnswer[];
  /** What it names and does not find: rulesets and calendars are faults when it is published, people are not. */
  warnings!: FaultAnswer[];
  /** What would be stored; null when there are faults. */
  definition!: Record<string, unknown> | null;
}

export class RunningOnVersionAnswer {
  version!: number;
  /** Reviews that are not over; they go on under this version. */
  reviews!: number;
}

export class StepsImpactAnswer {
  /** Keys of steps. */
  added!: string[];
  removed!: string[];
  changed!: string[];
}

export class ImpactAnswer {
  /** As last counted; null while it cannot be counted. */
  running!: RunningOnVersionAnswer[] | null;
  /** Against the version before. */
  steps!: StepsImpactAnswer;
  /** People that the version names and who are unknown or deactivated. */
  warnings!: FaultAnswer[];
}

export class PublishedReceiptAnswer extends WorkflowReceiptAnswer {
  /** What the new version means for reviews that run and for those to come. */
  impact?: ImpactAnswer;
}
