import { fold, type Rows } from '#libs/processing/application/projection';
import type { AssignmentFacts, ReviewEvent } from '../../../domain/review.events.js';
import { reviewOf } from '../review-of.js';
import { branch, isBranch, reviewPartyTable, role, user, type ReviewPartyRow } from './review-party.table.js';

type Parties = Rows<ReviewPartyRow>;

/** Who has to do with a review, and whose turn it is. Serves row access (`own`, `branch`) and the filter `assignee`. */
export const reviewParty = fold<ReviewEvent, ReviewPartyRow>({
  table: reviewPartyTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  on: {
    ReviewStarted: (rows, { data, workspaceId }) => {
      const { conflicts = [], noUpward = false } = data.fourEyes;
      const submitters = [data.submittedBy, ...(data.onBehalfOf === undefined ? [] : [data.onBehalfOf])];
      const common = {
        review_id: data.reviewId,
        workspace_id: workspaceId,
        submitted_at: data.submittedAt,
        ...NOTHING,
      };
      const upward = noUpward ? submitters : [];
      rows.put({ ...common, principal: branch(data.branchId), kept_out: conflicts, upward });
      for (const person of new Set(submitters)) rows.put({ ...common, principal: user(person) });
    },
    StepStarted: (rows, { data }) => {
      closeStep(rows, data);
      const filled = new Set(data.carried?.map(({ assignmentId }) => assignmentId));
      for (const assignment of data.assignments) seat(rows, data, assignment, !filled.has(assignment.assignmentId));
      for (const [name, electorate] of Object.entries(data.electorate)) {
        const row = join(rows, role(name));
        if (row) rows.put({ ...row, electorate });
      }
    },
    AssignmentAdded: (rows, { data }) => seat(rows, data, data.assignment, true),
    AssignmentTransferred: (rows, { data }) => {
      close(rows, seatId(data));
      seat(rows, data, data.successor, true);
    },
    AssignmentVoided: (rows, { data }) => {
      if (data.scope === 'assignment') close(rows, seatId(data));
      if (data.cause === 'recused') keepOut(rows, data.person);
    },
    AssignmentClaimed: (rows, { data }) => {
      for (const row of joinBoth(rows, data.claimedBy, data))
        rows.put({ ...row, claims: [...row.claims, seatId(data)] });
    },
    AssignmentReleased: (rows, { data }) => release(rows, seatId(data)),
    DecisionRescinded: (rows, { data }) => {
      if (data.reopens) seat(rows, data, { assignmentId: data.assignmentId, ...data.reopens }, true);
      closeFilled(rows, data.revived);
    },
    DecisionsRecounted: (rows, { data }) => {
      for (const opened of data.opened) seat(rows, opened, opened, true);
      closeFilled(rows, data.counting);
    },
    DecisionRecorded: (rows, { data }) => {
      close(rows, seatId(data));
      joinBoth(rows, data.actorId, data);
    },
    ChangesRequested: (rows, { data }) => joinBoth(rows, data.requestedBy, data),
    InfoRequested: (rows, { data }) => joinBoth(rows, data.requestedBy, data),
    SubjectRevised: (rows, { data }) => {
      closeAll(rows);
      keepOut(rows, data.revision.editorId);
    },
    ReviewOverridden: (rows, { data }) => keepOut(rows, data.overriddenBy),
    StepCompleted: (rows, { data }) => closeStep(rows, data),
    StepRejected: (rows, { data }) => closeStep(rows, data),
    ReviewRejected: closeAll,
    ReviewWithdrawn: closeAll,
    ReviewExpired: closeAll,
    ReviewCancelled: closeAll,
  },
});

type Seated = Pick<AssignmentFacts, 'assignmentId' | 'kind' | 'ref'>;

const holder = ({ kind, ref }: Seated) => (kind === 'USER' ? user(ref) : role(ref));

/** Steps may run side by side, and end one by one: an assignment is known with its step. */
const seatId = ({ step, assignmentId }: { step: string; assignmentId: string }) => `${step}/${assignmentId}`;

function seat(rows: Parties, { step }: { step: string }, assignment: Seated, open: boolean): void {
  const row = join(rows, holder(assignment));
  const { assignmentId } = assignment;
  if (row && open) rows.put({ ...row, open_seats: [...row.open_seats, seatId({ step, assignmentId })] });
}

const NOTHING = { open_seats: [], claims: [], electorate: [], kept_out: [], upward: [] };

/** On the row of the branch, which every review has from its start. */
function keepOut(rows: Parties, person: string): void {
  const [known] = [...rows.all()].filter(({ principal }) => isBranch(principal));
  if (known && !known.kept_out.includes(person)) rows.put({ ...known, kept_out: [...known.kept_out, person] });
}

/** The row of a principal, made when there is none yet. */
function join(rows: Parties, principal: string): ReviewPartyRow | undefined {
  const [known] = rows.all();
  if (!known) return undefined;
  const there = rows.get(known.review_id, principal);
  if (there) return there;
  const { review_id, workspace_id, submitted_at } = known;
  const row: ReviewPartyRow = { review_id, principal, workspace_id, submitted_at, ...NOTHING };
  rows.put(row);
  return row;
}

/** The rows of whoever did something, and of the person in whose name. */
const joinBoth = (
  rows: Parties,
  actor: string,
  { onBehalfOf = actor }: { readonly onBehalfOf?: string },
): readonly ReviewPartyRow[] => [...new Set([actor, onBehalfOf])].flatMap((person) => join(rows, user(person)) ?? []);

function close(rows: Parties, seated: string): void {
  for (const row of rows.all())
    if (row.open_seats.includes(seated)) rows.put({ ...row, open_seats: row.open_seats.filter((it) => it !== seated) });
  release(rows, seated);
}

/** Of steps side by side an assignment that is filled may stand on any. */
function closeFilled(rows: Parties, filled: readonly { readonly assignmentId: string }[]): void {
  for (const seated of new Set([...rows.all()].flatMap(({ open_seats, claims }) => [...open_seats, ...claims])))
    if (filled.some(({ assignmentId }) => seated.endsWith(`/${assignmentId}`))) close(rows, seated);
}

function release(rows: Parties, seated: string): void {
  for (const row of rows.all())
    if (row.claims.includes(seated)) rows.put({ ...row, claims: row.claims.filter((it) => it !== seated) });
}

function closeStep(rows: Parties, { step }: { step: string }): void {
  const isElsewhere = (seated: string) => !seated.startsWith(`${step}/`);
  for (const row of rows.all()) {
    const [open_seats, claims] = [row.open_seats.filter(isElsewhere), row.claims.filter(isElsewhere)];
    if (open_seats.length < row.open_seats.length || claims.length < row.claims.length)
      rows.put({ ...row, open_seats, claims });
  }
}

function closeAll(rows: Parties): void {
  for (const row of rows.all())
    if (row.open_seats.length > 0 || row.claims.length > 0) rows.put({ ...row, open_seats: [], claims: [] });
}
