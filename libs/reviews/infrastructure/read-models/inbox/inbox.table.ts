import type { TableSpec } from '#libs/processing/application/projection';

/** How a seat came to be somebody's. */
export type Via = 'direct' | 'role' | 'escalated';

/** A seat of the step that is being decided; and for each review one row (without assignment) of what is known of it. */
export interface InboxRow {
  readonly review_id: string;
  /** Empty in the row about the review itself. */
  readonly assignment_id: string;
  readonly workspace_id: string;
  /** `user:<id>` or `role:<name>`; empty in the row about the review itself. */
  readonly assignee: string;
  /**
   * It stands in inboxes: open, on a step that takes decisions now, and of several alike the first: nobody is shown
   * the same work twice.
   */
  readonly listed: boolean;
  readonly filled: boolean;
  readonly step: string;
  readonly via: Via;
  /** When the seat was made. */
  readonly since: string;
  readonly due_at: string | null;
  /** `due_at`, and far in the future without one: what inboxes are ordered by. */
  readonly sort_at: string;
  /** The ladder of the step has marked it so. */
  readonly urgent: boolean;
  readonly workflow_key: string;
  readonly subject_type: string;
  readonly subject_id: string;
  readonly subject_title: string | null;
  readonly submitted_by: string;
  /** Of the subject, in minor units: what a delegation may be limited to; null = not known. */
  readonly amount: string | null;
  readonly currency: string | null;
  /** User ids that four eyes keep from this step, and from every way to it. */
  readonly excluded: readonly string[];
  /** Whose own staff stay out of it. */
  readonly upward: readonly string[];
  /** Who has decided on this step, or keeps another seat of it: one person is one voice. */
  readonly spoken: readonly string[];
  /** Of a seat by name: the role that the person must hold still, null = whatever roles. */
  readonly must_hold: string | null;
  /** Only these may take the seat, null = whoever holds the role. */
  readonly electorate: readonly string[] | null;
  /** Those who keep the seat for a while: nobody else may take it, and they take no other of the step. */
  readonly claimed_by: readonly string[] | null;
  /** Of the row about the review itself: what the seats of later steps will need. */
  readonly known: KnownOfReview | null;
}

export interface KnownOfReview {
  /** People whose own work it is. */
  readonly submitters: readonly string[];
  /** Who made which revision of the subject, oldest first. */
  readonly revisions: readonly { readonly contentHash: string; readonly editorId: string }[];
  readonly fourEyes: {
    readonly submitter: boolean;
    readonly editors: boolean;
    readonly allowSelf: boolean;
    readonly noUpward: boolean;
    readonly conflicts: readonly string[];
  };
  readonly steps: readonly {
    readonly key: string;
    /** It runs beside the step before it. */
    readonly parallel: boolean;
    /** Whoever decided on an earlier step stays out. */
    readonly distinctInReview: boolean;
    /** Who may decide is settled when the step starts. */
    readonly frozen: boolean;
  }[];
  /** Every decision, and whether it counts as far as events have told. */
  readonly decisions: readonly {
    readonly counts: boolean;
    readonly id: string;
    readonly step: string;
    readonly people: readonly string[];
  }[];
  /** Who has stepped back, from which step. */
  readonly recused: readonly { readonly step: string; readonly person: string }[];
  /** Who has settled which step in the place of whom it asks. */
  readonly overrides: readonly { readonly step: string; readonly person: string }[];
  /** The steps that run, and which of them are blocked: somebody must be asked in addition. */
  readonly running: readonly { readonly step: string; readonly blocked: boolean }[];
  /** Steps that their ladders have marked so, for as long as their clocks go on. */
  readonly urgent: readonly string[];
  /** The submitter has the ball, or it is on hold. */
  readonly waits: boolean;
}

/** Later than any due time. */
export const NEVER = '9999-12-31T00:00:00.000Z';

export const inboxTable: TableSpec<InboxRow> = {
  name: 'inbox',
  columns: {
    review_id: 'text',
    assignment_id: 'text',
    workspace_id: 'text',
    assignee: 'text',
    listed: 'boolean',
    filled: 'boolean',
    step: 'text',
    via: 'text',
    since: 'timestamptz',
    due_at: 'timestamptz null',
    sort_at: 'timestamptz',
    urgent: 'boolean',
    workflow_key: 'text',
    subject_type: 'text',
    subject_id: 'text',
    subject_title: 'text null',
    submitted_by: 'text',
    amount: 'text null',
    currency: 'text null',
    excluded: 'text[]',
    upward: 'text[]',
    spoken: 'text[]',
    must_hold: 'text null',
    electorate: 'text[] null',
    claimed_by: 'text[] null',
    known: 'jsonb null',
  },
  primaryKey: ['review_id', 'assignment_id'],
  indexes: ['(workspace_id, assignee, sort_at, review_id) WHERE listed'],
};
