import { PageAnswer } from '../http/answers.dto.js';
import { SubjectLineAnswer } from '../reviews/review.dto.js';

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
  subject!: SubjectLineAnswer;
  /** An event of this review could not be applied: the line is older than the list. */
  stale?: boolean;
}

export class InboxAnswer {
  data!: InboxLineAnswer[];
  page!: PageAnswer;
}

export class InboxCountsAnswer {
  total!: number;
  direct!: number;
  role!: number;
  escalated!: number;
  delegated!: number;
  overdue!: number;
  /** Counting stopped at 1,000. */
  capped!: boolean;
}
