import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsAnyOf, IsDay, Numeric } from '../http/dto.js';

const anId = /^[\w.@:-]{1,200}$/;

export class SummaryAnswer {
  /**
   * Reviews by status.
   * @example { "in_review": 12, "approved": 40 }
   */
  byStatus!: Record<string, number>;
  /** Open steps whose time is up. */
  overdue!: number;
  /** Open steps due on this day (UTC). */
  dueToday!: number;
  /** Approved or rejected on this day (UTC). */
  decidedToday!: number;
}

export class WorkQuery {
  /** Ids or keys. */
  @IsOptional()
  @IsAnyOf(anId, 'a workflow')
  workflow?: string;

  /** Branches that reviews belong to. */
  @IsOptional()
  @IsAnyOf(anId, 'a branch')
  branch?: string;

  /**
   * First day (UTC); 30 days before `to` unless told.
   * @example 2026-11-01
   */
  @IsOptional()
  @IsDay()
  from?: string;

  /**
   * The day (UTC) after the last one; tomorrow unless told. At most 366 days are looked at.
   * @example 2026-12-01
   */
  @IsOptional()
  @IsDay()
  to?: string;

  /** Lines at most. */
  @IsOptional()
  @Numeric()
  @IsInt({ message: 'limit must be a whole number from 1 to 100.' })
  @Min(1, { message: 'limit must be a whole number from 1 to 100.' })
  @Max(100, { message: 'limit must be a whole number from 1 to 100.' })
  limit: number = 25;
}

/** What was asked for, and whether there is more than was asked for: then `workflow` or `branch` narrow it. */
class WindowAnswer {
  /** @example 2026-11-01 */
  from!: string;
  /** Not included. */
  to!: string;
  hasMore!: boolean;
}

class WorkflowNameAnswer {
  id!: string;
  key!: string;
}

export class AssigneeAnswer {
  /** USER, ROLE, or SUBMITTER for whoever submitted each review. */
  type!: string;
  /** A user id or a role; null for SUBMITTER. */
  id!: string | null;
}

class WaitsForAnswer extends AssigneeAnswer {
  /** Assignments, or reviews that are the submitter's turn. */
  open!: number;
}

/** Of the newest 250 in the window; null without any. Open hours where a calendar applies, else by the clock on the wall. */
export class DurationsAnswer {
  /**
   * The median.
   * @example PT3H20M
   */
  p50!: string | null;
  /** @example PT26H */
  p90!: string | null;
}

class BottleneckAnswer {
  workflow!: WorkflowNameAnswer;
  step!: string;
  /** Reviews at this step now. */
  open!: number;
  /** Of those: nobody can decide as it is. */
  blocked!: number;
  onHold!: number;
  /** When the first of them came to this step. */
  oldestSince!: string | null;
  waitsFor!: WaitsForAnswer[];
  /** Approved or rejected at this step in the window. */
  completed!: number;
  /** How long those were open; the submitter's turns and holds left out. */
  waiting!: DurationsAnswer;
  /** How often its people asked for changes in the window. */
  sentBack!: number;
  /** How often they asked for information. */
  asked!: number;
}

/** Most open first. */
export class BottlenecksAnswer extends WindowAnswer {
  data!: BottleneckAnswer[];
}

class WorkloadLineAnswer {
  assignee!: AssigneeAnswer;
  /** Assignments that can be filled now: a person's own and claimed ones, a role's unclaimed ones. */
  open!: number;
  /** Of those: on steps whose due time has passed. */
  overdue!: number;
  /** Decisions in the window. */
  decided!: number;
  /** From when the assignment was given until the decision. */
  timeToDecide!: DurationsAnswer;
}

/** Most overdue first, then most open. */
export class WorkloadAnswer extends WindowAnswer {
  data!: WorkloadLineAnswer[];
}

class OpenPromisesAnswer {
  onTrack!: number;
  /** Three quarters of the budget are used up. */
  atRisk!: number;
  late!: number;
  /** In time so far, and the clock stands. */
  paused!: number;
}

/** Steps with a budget. */
export class KeptAnswer {
  /** Completed in time in the window. */
  met!: number;
  /** Completed late, or late and never completed. */
  breached!: number;
  /**
   * met of met + breached; null without any.
   * @example 93.33
   */
  onTimePercent!: string | null;
  open!: OpenPromisesAnswer;
}

class SpentAnswer {
  /**
   * For a step on average.
   * @example PT3H20M
   */
  mean!: string | null;
  /** @example 61.20 */
  percent!: string | null;
}

/** Whose time it was, by the SLA ledger. */
class AttributionAnswer {
  /** How many completed steps it is about: the newest of the window, at most 250. */
  of!: number;
  approver!: SpentAnswer;
  submitter!: SpentAnswer;
  hold!: SpentAnswer;
  /** Nobody could decide. */
  blocked!: SpentAnswer;
}

class StepSlaAnswer extends KeptAnswer {
  step!: string;
  /** What its time is counted in: WALL_HOUR, BUSINESS_HOUR, or BUSINESS_DAY, where PT24H is one working day. */
  unit!: string | null;
  attribution!: AttributionAnswer;
}

class WorkflowSlaAnswer extends KeptAnswer {
  workflow!: WorkflowNameAnswer;
  steps!: StepSlaAnswer[];
}

/** Workflows with most that is late first. */
export class SlaAnswer extends WindowAnswer {
  data!: WorkflowSlaAnswer[];
}
