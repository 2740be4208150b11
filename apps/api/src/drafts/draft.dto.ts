import { ArrayMaxSize, IsOptional, Matches } from 'class-validator';
import { ApiProperty } from '@nestjs/swagger';
import { reviewStatuses } from '#libs/reviews/infrastructure/read-models/review-status/review-status.table';
import { anyJson, PageAnswer, ReviewReceiptAnswer } from '../http/answers.dto.js';
import { IsAnyOf, IsContent, IsInstant, IsText, Nested } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';
import { DiffAnswer, SubjectLineAnswer } from '../reviews/review-answers.dto.js';
import { SubjectBody } from '../workflows/workflow.dto.js';

const anId = /^[\w.@:-]{1,200}$/;
const sha256 = /^[0-9a-f]{64}$/;
const sayHash = { message: ({ property }: { property: string }) => `${property} must be a SHA-256 in lower-case hex.` };

export class SourceBody {
  /** What the draft was made from, as a person would find it. */
  @IsText(500)
  ref!: string;

  @IsOptional()
  @Matches(sha256, sayHash)
  sha256?: string;
}

export class ProvenanceBody {
  /**
   * Name and version of the model.
   * @example writer-4
   */
  @IsText(200)
  model!: string;

  /** SHA-256 of the prompt. */
  @IsOptional()
  @Matches(sha256, sayHash)
  promptHash?: string;

  @IsOptional()
  @Nested(() => SourceBody, { each: true })
  @ArrayMaxSize(100)
  sources?: SourceBody[];

  @IsOptional()
  @IsInstant()
  generatedAt?: string;
}

export class CallbackBody {
  /**
   * Where outcomes are posted to, signed; private, local and reserved addresses are refused.
   * @example https://assistants.example.com/outcomes
   */
  @IsText(2048)
  url!: string;

  /**
   * What they are signed with, as the Standard Webhooks specification writes it.
   * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw
   */
  @IsText(200)
  secret!: string;
}

export class SubmitDraftBody {
  /**
   * Id or key of the published workflow that decides on it.
   * @example outgoing-letters
   */
  @IsText(100)
  workflow!: string;

  @Nested(() => SubjectBody)
  subject!: SubjectBody;

  @Nested(() => ProvenanceBody)
  provenance!: ProvenanceBody;

  /**
   * Id of the person whose wish the draft is. Counts as its submitter beside the assistant: does not decide on it, and
   * may resubmit or withdraw it.
   */
  @IsOptional()
  @Matches(anId, { message: 'requestedBy must be a user id.' })
  requestedBy?: string;

  @IsOptional()
  @Nested(() => CallbackBody)
  callback?: CallbackBody;

  @IsOptional()
  @IsText()
  note?: string;
}

export class EditDraftBody {
  /** The whole content as it is to be now. */
  @IsContent()
  content!: Record<string, unknown>;

  @IsOptional()
  @IsText()
  note?: string;
}

export class DraftReceiptAnswer extends ReviewReceiptAnswer {
  draftId!: string;
  reviewId!: string;
}

export class SourceAnswer {
  /** Null when it was erased. */
  ref!: string | null;
  sha256!: string | null;
}

export class ProvenanceAnswer {
  model!: string;
  promptHash!: string | null;
  sources!: SourceAnswer[];
  generatedAt!: string | null;
}

export class DraftSubjectAnswer {
  type!: string;
  id!: string;
  /** Its newest revision; 1 is what was handed in. */
  revision!: number;
  @ApiProperty(anyJson as never)
  content!: unknown;
}

export class DraftEditAnswer {
  revision!: number;
  editorId!: string;
}

export class DraftAnswer {
  id!: string;
  reviewId!: string;
  assistantId!: string;
  /** Whose wish it was; null when the assistant has named nobody. */
  requestedBy!: string | null;
  submittedAt!: string;
  /** That of its review. */
  status!: string;
  provenance!: ProvenanceAnswer;
  /** Scheme, host and port of the callback. */
  callback!: string | null;
  subject!: DraftSubjectAnswer;
  /** Who changed it since. */
  edits!: DraftEditAnswer[];
  /** From what was handed in to what stands now. */
  diff!: DiffAnswer;
}

export class DraftsQuery extends PageQuery {
  /**
   * Statuses of their reviews.
   * @example in_review,changes_requested
   */
  @IsOptional()
  @IsAnyOf(reviewStatuses, 'a status')
  status?: string;

  /** User ids of the assistants that handed them in. */
  @IsOptional()
  @IsAnyOf(anId, 'a user id')
  assistant?: string;

  /** Ids or keys. */
  @IsOptional()
  @IsAnyOf(anId, 'a workflow')
  workflow?: string;
}

export class DraftLineAnswer {
  id!: string;
  reviewId!: string;
  assistantId!: string;
  model!: string;
  workflowKey!: string;
  /** That of its review. */
  status!: string;
  currentStep!: string | null;
  /** Raised by each edit. */
  round!: number;
  subject!: SubjectLineAnswer;
  submittedAt!: string;
  dueAt!: string | null;
}

export class DraftsAnswer {
  data!: DraftLineAnswer[];
  page!: PageAnswer;
}
