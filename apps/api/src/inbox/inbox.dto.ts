import { ArrayMaxSize, IsArray, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { IsText, Nested } from '../http/dto.js';
import { PageQuery } from '../http/paging.dto.js';
import { SubjectLineAnswer } from '../reviews/review-answers.dto.js';

export class InboxLineAnswer {
  reviewId!: string;
  step!: string;
  assignmentId!: string;
  /** Why it is here: direct, role, escalated or delegated. */
  via!: string;
  /** Whose seat it is, where a delegation is why. */
  onBehalfOf?: string;
  since!: string;
  dueAt!: string | null;
  /** The ladder of the step has marked it so (`priority`). */
  urgent!: boolean;
  subject!: SubjectLineAnswer;
  /** An event of this review could not be applied: the line is older than the list. */
  stale?: boolean;
}

export class InboxAnswer {
  data!: InboxLineAnswer[];
  /** `hasMore` also on a short page, even an empty one: where much is hidden from the caller, one answer looks only so far. */
  page!: PageAnswer;
}

export class InboxQuery extends PageQuery {
  /** The key of a view of one's own. */
  @IsOptional()
  @IsString()
  @Length(1, 63)
  view?: string;
}

const MOST_VIEWS = 20;
const MOST_VALUES = 50;
const YEAR_IN_HOURS = 8784;

/** All that is said must hold of a review to be shown; what is left out asks for nothing. */
export class InboxViewBody {
  /** @example urgent-loans */
  @Matches(/^[a-z0-9][a-z0-9-]{0,62}$/, { message: 'key is made of small letters, digits and hyphens, at most 63.' })
  key!: string;

  /** @example Loans of today */
  @IsText(100)
  name!: string;

  /** Keys of workflows, any of them. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_VALUES)
  @IsString({ each: true })
  @Length(1, 63, { each: true })
  workflows?: string[];

  /** Types of subjects, any of them. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_VALUES)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  subjectTypes?: string[];

  /** Due before so many hours are over; 0 = overdue. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(YEAR_IN_HOURS)
  dueWithinHours?: number;
}

export class InboxViewsBody {
  @ArrayMaxSize(MOST_VIEWS)
  @IsArray()
  @Nested(() => InboxViewBody, { each: true })
  views!: InboxViewBody[];
}

export class InboxViewsAnswer {
  views!: InboxViewBody[];
}

export class InboxViewsReceiptAnswer extends ReceiptAnswer {
  state!: InboxViewsAnswer;
}

export class InboxViewCountAnswer {
  key!: string;
  name!: string;
  count!: number;
}

export class InboxCountsAnswer {
  total!: number;
  direct!: number;
  role!: number;
  escalated!: number;
  delegated!: number;
  overdue!: number;
  /** There are at least so many: counting stopped at 1,000, or where one answer looks no further. */
  capped!: boolean;
  /** The views of the caller, in their order: how many of those counted each shows. */
  views!: InboxViewCountAnswer[];
}
