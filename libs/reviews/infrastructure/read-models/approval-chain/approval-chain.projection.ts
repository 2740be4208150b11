import type { Recorded } from '#libs/kernel/domain/message';
import { fold, type Rows } from '#libs/processing/application/projection';
import type { AssignmentFacts, ReviewEvent } from '../../../domain/review.events.js';
import { reviewOf } from '../review-of.js';
import { approvalChainTable, type ApprovalChainRow } from './approval-chain.table.js';

type Chain = Rows<ApprovalChainRow>;
type Of = Readonly<{ execution_id: string; step: string; step_index: number; round: number }>;
type Seen = Recorded<ReviewEvent>;

/** Steps, assignments and decisions of each review in the order in which they came. */
export const approvalChain = fold<ReviewEvent, ApprovalChainRow>({
  table: approvalChainTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  on: {
    StepStarted: (rows, event) => {
      const { data } = event;
      const of = { execution_id: data.executionId, step: data.step, step_index: data.index, round: data.round };
      rows.put({
        ...entry(event, of, 'step', data.executionId, 'open', data.startedAt),
        due_at: data.clock.dueAt,
      });
      for (const row of rows.all())
        if (row.kind === 'decision' && row.step === data.step && row.status === 'counted')
          rows.put({ ...row, status: 'stale' });
      for (const { decisionId, assignmentId } of data.carried ?? []) count(rows, decisionId, assignmentId);
      const filled = new Set(data.carried?.map(({ assignmentId }) => assignmentId));
      for (const assignment of data.assignments)
        rows.put(seat(event, of, assignment, filled.has(assignment.assignmentId) ? 'filled' : 'open', data.startedAt));
    },
    StepSkipped: (rows, event) => {
      const { executionId, step, index, round, at } = event.data;
      const of = { execution_id: executionId, step, step_index: index, round };
      rows.put({ ...entry(event, of, 'step', executionId, 'skipped', at), ended_at: at });
    },
    StepBlocked: (rows, event) => patchStep(rows, event, event.data.executionId, { status: 'blocked' }),
    StepUnblocked: (rows, event) => patchStep(rows, event, event.data.executionId, { status: 'open' }),
    DecisionRecorded: (rows, event) => {
      const { data } = event;
      patch(rows, event, data.executionId, data.assignmentId, { status: 'filled', claimed_by: null });
      const step = find(rows, event, data.executionId, data.executionId);
      if (!step) return;
      rows.put({
        ...entry(event, step, 'decision', data.decisionId, 'counted', data.at),
        ref: data.assignmentId,
        verdict: data.verdict,
        actor_id: data.actorId,
        on_behalf_of: data.onBehalfOf ?? null,
        subject_revision: data.revision,
      });
    },
    DecisionChanged: (rows, { data }) => {
      for (const row of rows.all())
        if (row.kind === 'decision' && row.entry_id === data.decisionId)
          rows.put({ ...row, verdict: data.verdict, subject_revision: data.revision });
    },
    DecisionRescinded: (rows, { data }) => {
      mark(rows, data.decisionId, 'rescinded');
      if (data.reopens) refill(rows, data.assignmentId, 'open');
      refilled(rows, data.revived);
    },
    DecisionsInvalidated: (rows, { data }) => {
      for (const decisionId of data.decisionIds) mark(rows, decisionId, 'stale');
    },
    DecisionsRecounted: (rows, { data }) => {
      for (const decisionId of data.lost) mark(rows, decisionId, 'stale');
      for (const { assignmentId } of data.opened) refill(rows, assignmentId, 'open');
      refilled(rows, data.counting);
    },
    StepCompleted: (rows, event) => {
      const { executionId, completedAt } = event.data;
      patchStep(rows, event, executionId, { status: 'satisfied', ended_at: completedAt });
    },
    StepRejected: (rows, event) => {
      const { executionId, at } = event.data;
      patchStep(rows, event, executionId, { status: 'rejected', ended_at: at });
    },
    SubjectRevised: (rows, { data }) => endOpen(rows, 'superseded', data.at),
    ReviewRejected: (rows, { data }) => endOpen(rows, 'closed', data.rejectedAt),
    ReviewWithdrawn: (rows, { data }) => endOpen(rows, 'closed', data.at),
    ReviewCancelled: (rows, { data }) => endOpen(rows, 'closed', data.at),
    ReviewExpired: (rows, { data }) => endOpen(rows, 'closed', data.at),
    AssignmentAdded: (rows, event) => {
      const { executionId, assignment, at } = event.data;
      const step = find(rows, event, executionId, executionId);
      if (step) rows.put(seat(event, step, assignment, 'open', at));
    },
    AssignmentTransferred: (rows, event) => {
      const { executionId, assignmentId, successor, at } = event.data;
      patch(rows, event, executionId, assignmentId, { status: 'transferred', claimed_by: null, ended_at: at });
      const step = find(rows, event, executionId, executionId);
      if (step) rows.put(seat(event, step, successor, 'open', at));
    },
    AssignmentVoided: (rows, event) => {
      const { executionId, assignmentId, scope, at } = event.data;
      if (scope === 'assignment')
        patch(rows, event, executionId, assignmentId, { status: 'void', claimed_by: null, ended_at: at });
    },
    AssignmentClaimed: (rows, event) => {
      const { executionId, assignmentId, claimedBy } = event.data;
      patch(rows, event, executionId, assignmentId, { status: 'claimed', claimed_by: claimedBy });
    },
    AssignmentReleased: (rows, event) => {
      const { executionId, assignmentId } = event.data;
      patch(rows, event, executionId, assignmentId, { status: 'open', claimed_by: null });
    },
    SlaPaused: (rows, event) => patchStep(rows, event, event.data.executionId, { due_at: null }),
    SlaReprojected: (rows, event) => {
      const { clock, executionId } = event.data;
      if (clock !== null) patchStep(rows, event, executionId, { due_at: clock.dueAt });
    },
    SlaResumed: (rows, event) => patchStep(rows, event, event.data.executionId, { due_at: event.data.clock.dueAt }),
  },
});

const entry = (
  event: Seen,
  { execution_id, step, step_index, round }: Of,
  kind: ApprovalChainRow['kind'],
  entry_id: string,
  status: string,
  started_at: string,
): ApprovalChainRow => ({
  review_id: reviewOf(event) ?? '',
  entry_id,
  workspace_id: event.workspaceId,
  kind,
  execution_id,
  step,
  step_index,
  round,
  status,
  ref_kind: null,
  ref: null,
  origin: null,
  claimed_by: null,
  verdict: null,
  actor_id: null,
  on_behalf_of: null,
  subject_revision: null,
  due_at: null,
  started_at,
  ended_at: null,
  since_revision: String(event.revision),
});

const seat = (event: Seen, of: Of, assignment: AssignmentFacts, status: string, at: string): ApprovalChainRow => ({
  ...entry(event, of, 'assignment', assignment.assignmentId, status, at),
  ref_kind: assignment.kind,
  ref: assignment.ref,
  origin: assignment.origin,
});

const find = (rows: Chain, event: Seen, executionId: string, entryId: string) =>
  rows.get(reviewOf(event), executionId, entryId);

function patch(
  rows: Chain,
  event: Seen,
  executionId: string,
  entryId: string,
  change: Partial<ApprovalChainRow>,
): void {
  const row = find(rows, event, executionId, entryId);
  if (row) rows.put({ ...row, ...change });
}

const patchStep = (rows: Chain, event: Seen, executionId: string, change: Partial<ApprovalChainRow>): void =>
  patch(rows, event, executionId, executionId, change);

function refilled(rows: Chain, filled: readonly { assignmentId: string; decisionId: string }[]): void {
  for (const { assignmentId, decisionId } of filled) {
    count(rows, decisionId, assignmentId);
    refill(rows, assignmentId, 'filled');
  }
}

/** An assignment of a step that runs, in whatever execution. */
function refill(rows: Chain, assignmentId: string, status: 'open' | 'filled'): void {
  const running = new Set(
    [...rows.all()].flatMap((row) => (row.kind === 'step' && row.ended_at === null ? [row.execution_id] : [])),
  );
  for (const row of rows.all())
    if (row.kind === 'assignment' && row.entry_id === assignmentId && running.has(row.execution_id))
      rows.put({ ...row, status, claimed_by: null });
}

/** A decision counts, on the assignment that it fills now. */
function count(rows: Chain, decisionId: string, assignmentId: string): void {
  for (const row of rows.all())
    if (row.kind === 'decision' && row.entry_id === decisionId)
      rows.put({ ...row, status: 'counted', ref: assignmentId });
}

/** A decision is named without the execution it was made on. */
function mark(rows: Chain, decisionId: string, status: 'stale' | 'rescinded'): void {
  for (const row of rows.all())
    if (row.kind === 'decision' && row.entry_id === decisionId) rows.put({ ...row, status });
}

/** Whatever still runs is over. */
function endOpen(rows: Chain, status: string, at: string): void {
  for (const row of rows.all())
    if (row.kind === 'step' && row.ended_at === null) rows.put({ ...row, status, ended_at: at });
}
