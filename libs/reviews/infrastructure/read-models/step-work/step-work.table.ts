import type { PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { TableSpec } from '#libs/processing/application/projection';
import type { ClockState, Holder } from '../../../domain/review.state.js';

/** Of a running step as in `review_status`; of one that is over: `met`, `breached`, or `none` without a budget. */
export type PromiseState = 'none' | 'running' | 'paused' | 'breached' | 'met';

/**
 * A step execution, or a decision on one; and for each review one row (without entry) of what its steps share. Serves
 * the dashboard: where reviews wait, who has how much to do, which promises are kept.
 */
export interface StepWorkRow {
  readonly review_id: string;
  /** Execution or decision id; empty in the row about the review itself. */
  readonly entry_id: string;
  readonly workspace_id: string;
  readonly branch_id: string;
  readonly submitted_by: string;
  readonly workflow_id: string;
  readonly workflow_key: string;
  readonly step: string;
  readonly kind: 'review' | 'step' | 'decision';
  /**
   * Of a step that is over: `satisfied` or `rejected`; `closed` with its review; `superseded` by a revision of the
   * subject, and `continued` when another execution went on with its clock. Null while it runs.
   */
  readonly outcome: 'satisfied' | 'rejected' | 'closed' | 'superseded' | 'continued' | null;
  /** Whose turn it is on a step that runs. */
  readonly turn: Holder | null;
  readonly sla: PromiseState | null;
  /** Of a step: when it started. Of a decision: when it was made. */
  readonly since: string;
  readonly ended_at: string | null;
  /** When a running clock comes to its due time, and when three quarters of its budget are used up. */
  readonly due_at: string | null;
  readonly risk_at: string | null;
  /** Whom a step waits for: `user:…` or `role:…` once for each open seat, or `submitter`. */
  readonly waits_for: readonly string[];
  /** Days (UTC) on which its people sent the subject back, or asked for information. */
  readonly returned: readonly string[];
  readonly asked: readonly string[];
  /** How long the step, or the seat that a decision filled, was open: open hours where a calendar applies. */
  readonly took_ms: string | null;
  /** The SLA ledger of a step that is over, in the unit of its budget. */
  readonly unit: string | null;
  readonly approver_ms: string | null;
  readonly submitter_ms: string | null;
  readonly hold_ms: string | null;
  readonly blocked_ms: string | null;
  /** Of a decision: by whom (`user:…`), and through which role (`role:…`). */
  readonly actor: string | null;
  readonly role: string | null;
  /** What the next event needs to know. */
  readonly ledger: Ledger | null;
  /** Of the row about the review: calendars its clocks count on, and those its next steps will. */
  readonly calendars: readonly PinnedCalendar[] | null;
}

/** The clock of a step that runs, and its seats. */
export interface Ledger {
  readonly clock: Omit<ClockState, 'rules'>;
  /** The calendar that the clock was moved to; else it is one of the review's. */
  readonly movedTo: PinnedCalendar | null;
  /** How long it was open until `openSince`; null while its clock stands. */
  readonly openMs: number;
  readonly openSince: string | null;
  readonly blocked: boolean;
  readonly seats: readonly Seat[];
}

export interface Seat {
  readonly assignmentId: string;
  /** `user:…` or `role:…` */
  readonly asks: string;
  readonly claimedBy: string | null;
  readonly filled: boolean;
  /** What `openMs` was when it was given to whom it asks. */
  readonly fromMs: number;
}

export const stepWorkTable: TableSpec<StepWorkRow> = {
  name: 'step_work',
  columns: {
    review_id: 'text',
    entry_id: 'text',
    workspace_id: 'text',
    branch_id: 'text',
    submitted_by: 'text',
    workflow_id: 'text',
    workflow_key: 'text',
    step: 'text',
    kind: 'text',
    outcome: 'text null',
    turn: 'text null',
    sla: 'text null',
    since: 'timestamptz',
    ended_at: 'timestamptz null',
    due_at: 'timestamptz null',
    risk_at: 'timestamptz null',
    waits_for: 'text[]',
    returned: 'text[]',
    asked: 'text[]',
    took_ms: 'bigint null',
    unit: 'text null',
    approver_ms: 'bigint null',
    submitter_ms: 'bigint null',
    hold_ms: 'bigint null',
    blocked_ms: 'bigint null',
    actor: 'text null',
    role: 'text null',
    ledger: 'jsonb null',
    calendars: 'jsonb null',
  },
  primaryKey: ['review_id', 'entry_id'],
  indexes: [
    '(workspace_id, workflow_id, step, since) WHERE turn IS NOT NULL',
    "(workspace_id, workflow_id, step, ended_at DESC) WHERE kind = 'step' AND outcome IN ('satisfied', 'rejected')",
    "(workspace_id, review_id) WHERE turn = 'blocked'",
    "(workspace_id, due_at) WHERE sla = 'running'",
    "(workspace_id, risk_at) WHERE sla = 'running'",
    '(workspace_id, actor, since DESC) WHERE actor IS NOT NULL',
    '(workspace_id, role, since DESC) WHERE role IS NOT NULL',
  ],
};
