import type { TableSpec } from '#libs/processing/application/projection';

/** One workflow as lists show it. */
export interface WorkflowListRow {
  readonly workflow_id: string;
  readonly workspace_id: string;
  readonly key: string;
  readonly name: string;
  /** The newest published version. */
  readonly version: number | null;
  readonly draft_hash: string;
  readonly published_hash: string | null;
  readonly retired: boolean;
}

export const workflowListTable: TableSpec<WorkflowListRow> = {
  name: 'workflow_list',
  columns: {
    workflow_id: 'text',
    workspace_id: 'text',
    key: 'text',
    name: 'text',
    version: 'integer null',
    draft_hash: 'text',
    published_hash: 'text null',
    retired: 'boolean',
  },
  primaryKey: ['workflow_id'],
  indexes: ['(workspace_id, key)'],
};

/** A review under a workflow version, as far as counting the running ones needs it. */
export interface WorkflowReviewRow {
  readonly review_id: string;
  readonly workspace_id: string;
  readonly workflow_id: string;
  readonly version: number;
  readonly running: boolean;
}

export const workflowReviewTable: TableSpec<WorkflowReviewRow> = {
  name: 'workflow_review',
  columns: {
    review_id: 'text',
    workspace_id: 'text',
    workflow_id: 'text',
    version: 'integer',
    running: 'boolean',
  },
  primaryKey: ['review_id'],
};
