import type { TableSpec } from '#libs/processing/application/projection';

/** A step execution, an assignment of it, or a decision on it; in order: what happened to a review, person by person. */
export interface ApprovalChainRow {
  readonly review_id: string;
  /** Execution, assignment or decision id; an assignment lives on in the execution of the next round. */
  readonly entry_id: string;
  readonly workspace_id: string;
  readonly kind: 'step' | 'assignment' | 'decision';
  readonly execution_id: string;
  readonly step: string;
  readonly step_index: number;
  readonly round: number;
  /** Of a step: open, blocked, satisfied, rejected, superseded, closed. Of an assignment: open, claimed, filled, void, transferred; it ends with its step. Of a decision: counted, stale, rescinded. */
  readonly status: string;
  /** Of an assignment: USER or ROLE, and whom. Of a decision: the assignment it filled. */
  readonly ref_kind: string | null;
  readonly ref: string | null;
  readonly origin: string | null;
  /** Of an assignment for a role: who keeps it for a while. */
  readonly claimed_by: string | null;
  readonly verdict: string | null;
  readonly actor_id: string | null;
  readonly on_behalf_of: string | null;
  /** Revision of the subject that was decided on. */
  readonly subject_revision: number | null;
  readonly due_at: string | null;
  readonly started_at: string;
  readonly ended_at: string | null;
  /** Revision of the stream at which it came; orders the chain. */
  readonly since_revision: string;
}

export const approvalChainTable: TableSpec<ApprovalChainRow> = {
  name: 'approval_chain',
  columns: {
    review_id: 'text',
    entry_id: 'text',
    workspace_id: 'text',
    kind: 'text',
    execution_id: 'text',
    step: 'text',
    step_index: 'integer',
    round: 'integer',
    status: 'text',
    ref_kind: 'text null',
    ref: 'text null',
    origin: 'text null',
    claimed_by: 'text null',
    verdict: 'text null',
    actor_id: 'text null',
    on_behalf_of: 'text null',
    subject_revision: 'integer null',
    due_at: 'timestamptz null',
    started_at: 'timestamptz',
    ended_at: 'timestamptz null',
    since_revision: 'bigint',
  },
  primaryKey: ['review_id', 'execution_id', 'entry_id'],
};
