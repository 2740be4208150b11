import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import { fold, streamsOf, type ProjectionGroup, type Rows } from '#libs/processing/application/projection';
import type { WorkflowEvent } from '../../../domain/workflow.events.js';
import {
  workflowListTable,
  workflowReviewTable,
  type WorkflowListRow,
  type WorkflowReviewRow,
} from './workflow-list.table.js';

const workflowOf = streamsOf('workflow');
const reviewOf = streamsOf('review');

/** One row per workflow. Serves `GET /workflows`. */
export const workflowList = fold<WorkflowEvent, WorkflowListRow>({
  table: workflowListTable,
  partitionColumn: 'workflow_id',
  partition: workflowOf,
  on: {
    WorkflowDrafted: (rows, { data, workspaceId }) =>
      rows.put({
        workflow_id: data.workflowId,
        workspace_id: workspaceId,
        key: data.definition.key,
        name: data.definition.name,
        version: null,
        draft_hash: data.contentHash,
        published_hash: null,
        retired: false,
      }),
    WorkflowDraftReplaced: (rows, event) =>
      patch(rows, event, { name: event.data.definition.name, draft_hash: event.data.contentHash }),
    WorkflowPublished: (rows, event) =>
      patch(rows, event, { version: event.data.version, published_hash: event.data.contentHash }),
    WorkflowRetired: (rows, event) => patch(rows, event, { retired: true }),
  },
});

function patch(rows: Rows<WorkflowListRow>, event: Recorded, change: Partial<WorkflowListRow>): void {
  const row = rows.get(workflowOf(event));
  if (row) rows.put({ ...row, ...change });
}

/** What this room needs to know of events of the room `reviews`: only their stored names and where they point. */
type ReviewMoved =
  | DomainEvent<'ReviewStarted', { reviewId: string; workflow: { id: string; version: number } }>
  | DomainEvent<
      | 'SubjectRevised'
      | 'ReviewReopened'
      | 'ReviewApproved'
      | 'ReviewRejected'
      | 'ReviewWithdrawn'
      | 'ReviewExpired'
      | 'ReviewCancelled'
    >;

/** "n running on v3": reviews that are not over, counted by workflow and version. */
export const workflowReviews = fold<ReviewMoved, WorkflowReviewRow>({
  table: workflowReviewTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  counters: {
    name: 'workflow_running',
    keyColumns: ['workspace_id', 'workflow_id', 'version'],
    keysOf: ({ workspace_id, workflow_id, version, running }) =>
      running ? [[workspace_id, workflow_id, String(version)]] : [],
  },
  on: {
    ReviewStarted: (rows, { data, workspaceId }) =>
      rows.put({
        review_id: data.reviewId,
        workspace_id: workspaceId,
        workflow_id: data.workflow.id,
        version: data.workflow.version,
        running: true,
      }),
    // An approved review may be revised while nothing was done on its strength; it is open again then.
    SubjectRevised: (rows, event) => run(rows, event, true),
    ReviewApproved: (rows, event) => run(rows, event, false),
    ReviewRejected: (rows, event) => run(rows, event, false),
    ReviewWithdrawn: (rows, event) => run(rows, event, false),
    ReviewExpired: (rows, event) => run(rows, event, false),
    ReviewCancelled: (rows, event) => run(rows, event, false),
    ReviewReopened: (rows, event) => run(rows, event, true),
  },
});

function run(rows: Rows<WorkflowReviewRow>, event: Recorded, running: boolean): void {
  const row = rows.get(reviewOf(event));
  if (row) rows.put({ ...row, running });
}

export const workflowsGroup: ProjectionGroup = {
  name: 'workflows',
  version: 2,
  types: [
    'WorkflowDrafted',
    'WorkflowDraftReplaced',
    'WorkflowPublished',
    'WorkflowRetired',
    'ReviewStarted',
    'SubjectRevised',
    'ReviewApproved',
    'ReviewRejected',
    'ReviewWithdrawn',
    'ReviewExpired',
    'ReviewCancelled',
    'ReviewReopened',
  ],
  projections: [workflowList, workflowReviews],
};
