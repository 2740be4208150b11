import type { Recorded } from '#libs/kernel/domain/message';
import { fold, type Rows } from '#libs/processing/application/projection';
import type { ReviewEvent } from '../../../domain/review.events.js';
import { readable, reviewOf } from '../review-of.js';
import { reviewCounters } from './review-counters.js';
import { reviewStatusTable, type ReviewStatusRow } from './review-status.table.js';

type Event<Type extends ReviewEvent['type']> = Recorded<Extract<ReviewEvent, { type: Type }>>;
type Change = Partial<Omit<ReviewStatusRow, 'review_id' | 'workspace_id'>>;

/** One row per review: where it stands now. Serves `GET /reviews` and, by its counters, the dashboard. */
export const reviewStatus = fold<ReviewEvent, ReviewStatusRow>({
  table: reviewStatusTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  counters: reviewCounters,
  on: {
    ReviewStarted: (rows, event) => rows.put(started(event)),
    StepStarted: change(({ data }, row) => ({
      status: 'in_review',
      current_step: data.step,
      round: data.round,
      due_at: data.clock.dueAt,
      sla_state: running(data.clock.dueAt, data.continues !== undefined && row.sla_state === 'breached'),
      decided_at: null,
      ended_at: null,
    })),
    StepBlocked: change(() => ({ status: 'in_review' })),
    StepCompleted: change(() => ({ due_at: null, sla_state: 'none' })),
    StepRejected: change(() => ({ due_at: null, sla_state: 'none' })),
    ReviewApproved: change(({ data: { approvedAt } }) => over('approved', approvedAt, approvedAt)),
    ReviewRejected: change(({ data: { rejectedAt } }) => over('rejected', rejectedAt, rejectedAt)),
    ReviewWithdrawn: change(({ data }) => over('withdrawn', data.at, null)),
    ReviewExpired: change(({ data }) => over('expired', data.at, null)),
    ReviewCancelled: change(({ data }) => over('cancelled', data.at, null)),
    ReviewHeld: change(() => ({ status: 'on_hold' })),
    ReviewResumed: change(({ data }) => ({ status: data.status })),
    ReviewReopened: change(({ data }) => ({
      status: 'in_review',
      round: data.round,
      decided_at: null,
      ended_at: null,
    })),
    InfoRequested: change(() => ({ status: 'info_requested' })),
    InfoProvided: change(() => ({ status: 'in_review' })),
    ChangesRequested: change(() => ({ status: 'changes_requested' })),
    SubjectRevised: change(({ data }) => ({
      status: 'in_review',
      round: data.round,
      decided_at: null,
      ended_at: null,
    })),
    SlaPaused: change((_, { sla_state }) => ({
      due_at: null,
      sla_state: sla_state === 'running' ? 'paused' : sla_state,
    })),
    SlaResumed: change(({ data }, row) => ({
      status: 'in_review',
      due_at: data.clock.dueAt,
      sla_state: running(data.clock.dueAt, row.sla_state === 'breached'),
    })),
    SlaBreached: change(() => ({ sla_state: 'breached' })),
  },
});

function started({ data, workspaceId }: Event<'ReviewStarted'>): ReviewStatusRow {
  const { workflow, subject } = data;
  const title = readable(subject.title);
  return {
    review_id: data.reviewId,
    workspace_id: workspaceId,
    branch_id: data.branchId,
    status: 'in_review',
    workflow_id: workflow.id,
    workflow_key: workflow.key,
    workflow_version: workflow.version,
    subject_type: subject.type,
    subject_id: subject.id,
    subject_title: title,
    current_step: null,
    round: 1,
    submitted_by: data.submittedBy,
    submitted_at: data.submittedAt,
    due_at: null,
    sla_state: 'none',
    decided_at: null,
    ended_at: null,
    search: [title, subject.type, subject.id, workflow.key, workflow.name].join('\n').toLowerCase(),
  };
}

function change<E extends Recorded<ReviewEvent>>(how: (event: E, row: ReviewStatusRow) => Change) {
  return (rows: Rows<ReviewStatusRow>, event: E): void => {
    const row = rows.get(reviewOf(event));
    if (row) rows.put({ ...row, ...how(event, row) });
  };
}

const running = (dueAt: string | null, breached: boolean) =>
  breached ? 'breached' : dueAt === null ? 'none' : 'running';

const over = (status: ReviewStatusRow['status'], ended_at: string, decided_at: string | null): Change => ({
  status,
  current_step: null,
  due_at: null,
  sla_state: 'none',
  ended_at,
  decided_at,
});
