import { IsInt, IsOptional, Min } from 'class-validator';
import { reviewStatuses, slaStates } from '#libs/reviews/infrastructure/read-models/review-status/review-status.table';
import { anId, IsAnyOf, IsInstant, IsText, Numeric } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';

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
