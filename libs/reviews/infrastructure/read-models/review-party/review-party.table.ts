import type { TableSpec } from '#libs/processing/application/projection';

/** Somebody who has to do with a review: the submitter, a holder of an assignment now or earlier, its branch. */
export interface ReviewPartyRow {
  readonly review_id: string;
  /** `user:<id>`, `role:<name>` or `branch:<id>`. */
  readonly principal: string;
  readonly workspace_id: string;
  readonly submitted_at: string;
  /** Assignments that are this principal's to fill now, each `<step>/<assignment id>`. */
  readonly open_seats: readonly string[];
  /** Assignments for a role that this user keeps for a while. */
  readonly claims: readonly string[];
  /** Of a role: who held it when the running step started. */
  readonly electorate: readonly string[];
  /** Of the branch: people whom four eyes may keep out, whether or not they have to do with the review otherwise. */
  readonly kept_out: readonly string[];
  /** Of the branch: whose own staff stay out of it. */
  readonly upward: readonly string[];
}

export const reviewPartyTable: TableSpec<ReviewPartyRow> = {
  name: 'review_party',
  columns: {
    review_id: 'text',
    principal: 'text',
    workspace_id: 'text',
    submitted_at: 'timestamptz',
    open_seats: 'text[]',
    claims: 'text[]',
    electorate: 'text[]',
    kept_out: 'text[]',
    upward: 'text[]',
  },
  primaryKey: ['review_id', 'principal'],
  indexes: [
    '(workspace_id, principal, submitted_at DESC, review_id DESC)',
    // Whose turn it is: of all that was ever asked of a role, little is open.
    '(workspace_id, principal, review_id) WHERE cardinality(open_seats) > 0 OR cardinality(claims) > 0',
  ],
};

export const user = (id: string) => `user:${id}`;
export const role = (name: string) => `role:${name}`;
export const branch = (id: string) => `branch:${id}`;
export const isBranch = (principal: string): boolean => principal.startsWith(branch(''));
