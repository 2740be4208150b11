import { appendOnly, type ProjectionGroup, type TableSpec } from '#libs/processing/application/projection';
import type { DraftEvent } from '../../../domain/draft.events.js';

/** A draft as it was handed in; how it stands is told by its review. */
export interface DraftListRow {
  readonly draft_id: string;
  readonly workspace_id: string;
  readonly review_id: string;
  readonly assistant_id: string;
  readonly model: string;
  readonly submitted_at: string;
}

const draftListTable: TableSpec<DraftListRow> = {
  name: 'draft_list',
  columns: {
    draft_id: 'text',
    workspace_id: 'text',
    review_id: 'text',
    assistant_id: 'text',
    model: 'text',
    submitted_at: 'timestamptz',
  },
  primaryKey: ['draft_id'],
  indexes: [
    '(workspace_id, submitted_at DESC, draft_id DESC)',
    '(workspace_id, assistant_id, submitted_at DESC, draft_id DESC)',
  ],
};

/** One row per draft. Serves `GET /drafts`. */
export const draftList = appendOnly<DraftEvent, DraftListRow>({
  table: draftListTable,
  rows: ({ type, data, workspaceId }) =>
    type === 'DraftSubmitted'
      ? [
          {
            draft_id: data.draftId,
            workspace_id: workspaceId,
            review_id: data.reviewId,
            assistant_id: data.assistantId,
            model: data.provenance.model,
            submitted_at: data.at,
          },
        ]
      : [],
});

/** This room's part of the group `core`: drafts are listed with the status of their reviews, and both are equally fresh. */
export const coreOfDrafts: ProjectionGroup = { name: 'core', version: 2, projections: [draftList] };
