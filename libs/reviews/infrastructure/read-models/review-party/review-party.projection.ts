import { fold, type Rows } from '#libs/processing/application/projection';
import type { AssignmentFacts, ReviewEvent } from '../../../domain/review.events.js';
import { reviewOf } from '../review-of.js';
import { branch, reviewPartyTable, role, user, type ReviewPartyRow } from './review-party.table.js';

type Parties = Rows<ReviewPartyRow>;

/** Who has to do with a review, and whose turn it is. Serves row access (`own`, `branch`) and the filter `assignee`. */
export const reviewParty = fold<ReviewEvent, ReviewPartyRow>({
  table: reviewPartyTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  on: {
    ReviewStarted: (rows, { data, workspaceId }) => {
      const principals = [branch(data.branchId), user(data.submittedBy)];
      if (data.onBehalfOf !== undefined) principals.push(user(data.onBehalfOf));
      for (const principal of new Set(principals))
        rows.put({
          review_id: data.reviewId,
          principal,
          workspace_id: workspaceId,
          submitted_at: data.submittedAt,
          open_seats: [],
          claims: [],
          electorate: [],
        });
    },
    StepStarted: (rows, { data }) => {
      closeAll(rows);
      const filled = new Set(data.carried?.map(({ assignmentId }) => assignmentId));
      for (const assignment of data.assignments) seat(rows, assignment, !filled.has(assignment.assignmentId));
      for (const [name, electorate] of Object.entries(data.electorate)) {
        const row = join(rows, role(name));
        if (row) rows.put({ ...row, electorate });
      }
    },
    AssignmentAdded: (rows, { data }) => seat(rows, data.assignment, true),
    AssignmentTransferred: (rows, { data }) => {
      close(rows, data.assignmentId);
      seat(rows, data.successor, true);
    },
    AssignmentVoided: (rows, { data }) => {
      if (data.scope === 'assignment') close(rows, data.assignmentId);
    },
    AssignmentClaimed: (rows, { data }) => {
      for (const person of claimants(data)) {
        const row = join(rows, user(person));
        if (row) rows.put({ ...row, claims: [...row.claims, data.assignmentId] });
      }
    },
    AssignmentReleased: (rows, { data }) => release(rows, data.assignmentId),
    DecisionRescinded: (rows, { data }) => {
      const { assignmentId, reopens, revived } = data;
      if (reopens) {
        const row = join(rows, reopens.kind === 'USER' ? user(reopens.ref) : role(reopens.ref));
        if (row) rows.put({ ...row, open_seats: [...row.open_seats, assignmentId] });
      }
      for (const filled of revived) close(rows, filled.assignmentId);
    },
    DecisionRecorded: (rows, { data }) => {
      close(rows, data.assignmentId);
      join(rows, user(data.actorId));
      if (data.onBehalfOf !== undefined) join(rows, user(data.onBehalfOf));
    },
    ChangesRequested: (rows, { data }) => join(rows, user(data.requestedBy)),
    InfoRequested: (rows, { data }) => join(rows, user(data.requestedBy)),
    SubjectRevised: closeAll,
    StepCompleted: closeAll,
    StepRejected: closeAll,
    ReviewWithdrawn: closeAll,
    ReviewExpired: closeAll,
    ReviewCancelled: closeAll,
  },
});

const holder = ({ kind, ref }: AssignmentFacts) => (kind === 'USER' ? user(ref) : role(ref));

function seat(rows: Parties, assignment: AssignmentFacts, open: boolean): void {
  const row = join(rows, holder(assignment));
  if (row && open) rows.put({ ...row, open_seats: [...row.open_seats, assignment.assignmentId] });
}

/** The row of a principal, made when there is none yet. */
function join(rows: Parties, principal: string): ReviewPartyRow | undefined {
  const [known] = rows.all();
  if (!known) return undefined;
  const there = rows.get(known.review_id, principal);
  if (there) return there;
  const { review_id, workspace_id, submitted_at } = known;
  const row: ReviewPartyRow = {
    review_id,
    principal,
    workspace_id,
    submitted_at,
    open_seats: [],
    claims: [],
    electorate: [],
  };
  rows.put(row);
  return row;
}

function close(rows: Parties, assignmentId: string): void {
  for (const row of rows.all())
    if (row.open_seats.includes(assignmentId))
      rows.put({ ...row, open_seats: row.open_seats.filter((id) => id !== assignmentId) });
  release(rows, assignmentId);
}

function release(rows: Parties, assignmentId: string): void {
  for (const row of rows.all())
    if (row.claims.includes(assignmentId)) rows.put({ ...row, claims: row.claims.filter((id) => id !== assignmentId) });
}

const claimants = ({ claimedBy, onBehalfOf }: { claimedBy: string; onBehalfOf?: string }) =>
  onBehalfOf === undefined ? [claimedBy] : [claimedBy, onBehalfOf];

function closeAll(rows: Parties): void {
  for (const row of rows.all())
    if (row.open_seats.length > 0 || row.claims.length > 0) rows.put({ ...row, open_seats: [], claims: [] });
}
