import type { TableSpec } from '#libs/processing/application/projection';

/**
 * `none`: no budget, or nothing is being decided. `running`: the clock runs, `due_at` says when it ends. `paused`: the
 * submitter has the ball, or it is on hold. `breached`: the open step was not decided in time; stays so until the step is over.
 */
export const slaStates = ['none', 'running', 'paused', 'breached'] as const;
export type SlaState = (typeof slaStates)[number];

/** Every status of a review that this version reaches. */
export const reviewStatuses = [
  'submitted',
  'in_review',
  'info_requested',
  'changes_requested',
  'on_hold',
  'approved',
  'rejected',
  'withdrawn',
  'expired',
  'cancelled',
] as const;
export type ReviewStatus = (typeof reviewStatuses)[number];

/** What a review may become next, by one event. */
export const reviewTransitions: Readonly<Record<ReviewStatus, readonly ReviewStatus[]>> = {
  submitted: ['in_review'],
  in_review: [
    'info_requested',
    'changes_requested',
    'on_hold',
    'approved',
    'rejected',
    'withdrawn',
    'expired',
    'cancelled',
  ],
  info_requested: ['in_review', 'on_hold', 'withdrawn', 'cancelled'],
  changes_requested: ['in_review', 'on_hold', 'rejected', 'withdrawn', 'cancelled'],
  on_hold: ['in_review', 'info_requested', 'changes_requested', 'withdrawn', 'cancelled'],
  approved: ['in_review'],
  rejected: ['in_review'],
  withdrawn: [],
  expired: [],
  cancelled: [],
};

/** One running step and its clock. */
export interface StepClock {
  readonly executionId: string;
  readonly step: string;
  readonly index: number;
  readonly dueAt: string | null;
  readonly state: SlaState;
  /** The subject was revised over its head; whoever continues it takes over its breach. */
  readonly over: boolean;
}

/** Where one review stands now. */
export interface ReviewStatusRow {
  readonly review_id: string;
  readonly workspace_id: string;
  readonly branch_id: string;
  readonly status: ReviewStatus;
  readonly workflow_id: string;
  readonly workflow_key: string;
  readonly workflow_version: number;
  readonly subject_type: string;
  readonly subject_id: string;
  /** Null without a title, or when it was erased. */
  readonly subject_title: string | null;
  /** The first of those that run; null once the review is over. */
  readonly current_step: string | null;
  readonly round: number;
  readonly submitted_by: string;
  readonly submitted_at: string;
  /** When the first of the open steps is due; null while their clocks stand or have no budget. */
  readonly due_at: string | null;
  readonly sla_state: SlaState;
  /** The steps that run, or ran until the subject was revised; several where they run side by side. */
  readonly clocks: readonly StepClock[];
  /** When it was approved or rejected. */
  readonly decided_at: string | null;
  /** When it ended, in whichever way. */
  readonly ended_at: string | null;
  /** Lower-case text that `text=` looks in. */
  readonly search: string;
}

export const reviewStatusTable: TableSpec<ReviewStatusRow> = {
  name: 'review_status',
  columns: {
    review_id: 'text',
    workspace_id: 'text',
    branch_id: 'text',
    status: 'text',
    workflow_id: 'text',
    workflow_key: 'text',
    workflow_version: 'integer',
    subject_type: 'text',
    subject_id: 'text',
    subject_title: 'text null',
    current_step: 'text null',
    round: 'integer',
    submitted_by: 'text',
    submitted_at: 'timestamptz',
    due_at: 'timestamptz null',
    sla_state: 'text',
    clocks: 'jsonb',
    decided_at: 'timestamptz null',
    ended_at: 'timestamptz null',
    search: 'text',
  },
  primaryKey: ['review_id'],
  indexes: [
    '(workspace_id, submitted_at DESC, review_id DESC)',
    '(workspace_id, status, submitted_at DESC, review_id DESC)',
    '(workspace_id, workflow_key, submitted_at DESC, review_id DESC)',
    '(workspace_id, subject_type, subject_id)',
    '(workspace_id, due_at) WHERE due_at IS NOT NULL',
  ],
};
