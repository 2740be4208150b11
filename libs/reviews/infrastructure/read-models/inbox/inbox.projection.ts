import type { Recorded } from '#libs/kernel/domain/message';
import { fold, type ProjectionGroup, type Rows } from '#libs/processing/application/projection';
import type { AssignmentFacts, ReviewEvent } from '../../../domain/review.events.js';
import { needsEverybody } from '../../../domain/rule.js';
import { role, user } from '../review-party/review-party.table.js';
import { readable, reviewOf } from '../review-of.js';
import { inboxTable, NEVER, type InboxRow, type KnownOfReview, type Via } from './inbox.table.js';

type Event<Type extends ReviewEvent['type']> = Recorded<Extract<ReviewEvent, { type: Type }>>;
type Seats = Rows<InboxRow>;
/** The row about the review itself, and what it knows. */
type Card = InboxRow & { readonly known: KnownOfReview };

const ITSELF = '';

/** What waits for whom. Seats appear when a step starts, vanish when it is over, and hide while nothing can be decided. */
export const inbox = fold<ReviewEvent, InboxRow>({
  table: inboxTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  on: {
    ReviewStarted: (rows, event) => rows.put(card(event)),
    StepStarted: stepStarted,
    AssignmentAdded: (rows, { data }) => settled(rows, (it) => addSeat(rows, it, data.assignment, data.at)),
    AssignmentTransferred: (rows, { data }) =>
      settled(rows, (it) => {
        rows.delete(it.review_id, data.assignmentId);
        addSeat(rows, it, data.successor, data.at);
      }),
    DecisionRecorded: (rows, { data }) =>
      settled(rows, (it) => {
        const people = data.onBehalfOf === undefined ? [data.actorId] : [data.actorId, data.onBehalfOf];
        know(rows, it, { decisions: [...it.known.decisions, { id: data.decisionId, step: data.step, people }] });
        patch(rows, it, data.assignmentId, { filled: true });
      }),
    DecisionsInvalidated: (rows, { data }) =>
      settled(rows, (it) =>
        know(rows, it, { decisions: it.known.decisions.filter(({ id }) => !data.decisionIds.includes(id)) }),
      ),
    StepBlocked: (rows) => settled(rows, (it) => know(rows, it, { takes: false })),
    StepUnblocked: (rows) => settled(rows, (it) => know(rows, it, { takes: true })),
    ChangesRequested: (rows) => settled(rows, (it) => know(rows, it, { takes: false })),
    SlaPaused: (rows) => settled(rows, (it) => due(rows, it, null)),
    SlaResumed: (rows, { data }) =>
      settled(rows, (it) => {
        know(rows, it, { takes: true });
        due(rows, it, data.clock.dueAt);
      }),
    SubjectRevised: (rows, { data }) =>
      settled(rows, (it) => {
        clear(rows);
        know(rows, it, { editor: data.revision.editorId, step: null, takes: false });
      }),
    StepCompleted: over,
    StepRejected: over,
    ReviewApproved: over,
    ReviewRejected: over,
    ReviewWithdrawn: over,
    ReviewExpired: over,
  },
});

/** The inbox has a checkpoint of its own: a slow dashboard never holds back what people wait for. */
export const inboxGroup: ProjectionGroup = {
  name: 'inbox',
  version: 1,
  types: [
    'ReviewStarted',
    'StepStarted',
    'AssignmentAdded',
    'AssignmentTransferred',
    'DecisionRecorded',
    'DecisionsInvalidated',
    'StepBlocked',
    'StepUnblocked',
    'ChangesRequested',
    'SlaPaused',
    'SlaResumed',
    'SubjectRevised',
    'StepCompleted',
    'StepRejected',
    'ReviewApproved',
    'ReviewRejected',
    'ReviewWithdrawn',
    'ReviewExpired',
  ],
  projections: [inbox],
};

function card({ data, workspaceId }: Event<'ReviewStarted'>): InboxRow {
  const { fourEyes, subject } = data;
  return {
    review_id: data.reviewId,
    assignment_id: ITSELF,
    workspace_id: workspaceId,
    assignee: '',
    listed: false,
    filled: false,
    step: '',
    via: 'direct',
    since: data.submittedAt,
    due_at: null,
    sort_at: NEVER,
    workflow_key: data.workflow.key,
    subject_type: subject.type,
    subject_id: subject.id,
    subject_title: readable(subject.title),
    submitted_by: data.submittedBy,
    excluded: [],
    electorate: null,
    known: {
      submitters: data.onBehalfOf === undefined ? [data.submittedBy] : [data.submittedBy, data.onBehalfOf],
      editor: data.revision.editorId,
      fourEyes: {
        submitter: fourEyes.submitter,
        editors: fourEyes.editors,
        allowSelf: fourEyes.allowSelf ?? false,
      },
      steps: data.steps.map(({ key, distinct, electorate, rule }) => ({
        key,
        distinctInReview: distinct === 'review',
        frozen: electorate === undefined ? needsEverybody(rule) : electorate === 'frozen',
      })),
      decisions: [],
      step: null,
      takes: false,
    },
  };
}

function stepStarted(rows: Seats, { data }: Event<'StepStarted'>): void {
  settled(rows, (it) => {
    clear(rows);
    const carried = new Map(data.carried?.map(({ assignmentId, decisionId }) => [assignmentId, decisionId]));
    const counting = new Set(carried.values());
    const decisions = it.known.decisions.filter(({ id, step }) => step !== data.step || counting.has(id));
    const current = know(rows, it, { decisions, step: data.step, takes: true });
    const frozen = it.known.steps.find(({ key }) => key === data.step)?.frozen ?? false;
    for (const assignment of data.assignments) {
      const electorate = frozen && assignment.kind === 'ROLE' ? (data.electorate[assignment.ref] ?? null) : null;
      const filled = carried.has(assignment.assignmentId);
      rows.put({ ...seatOf(current, assignment, data.startedAt), electorate, filled });
    }
    due(rows, current, data.clock.dueAt);
  });
}

function addSeat(rows: Seats, it: Card, assignment: AssignmentFacts, at: string): void {
  const [beside] = seats(rows);
  const { due_at, sort_at } = beside ?? { due_at: null, sort_at: NEVER };
  rows.put({ ...seatOf(it, assignment, at), due_at, sort_at });
}

const seatOf = (it: Card, { assignmentId, kind, ref, origin }: AssignmentFacts, since: string): InboxRow => ({
  ...it,
  assignment_id: assignmentId,
  assignee: kind === 'USER' ? user(ref) : role(ref),
  step: it.known.step ?? '',
  via: via(kind, origin),
  since,
  known: null,
});

const via = (kind: AssignmentFacts['kind'], origin: AssignmentFacts['origin']): Via =>
  origin === 'escalation' || origin === 'fallback' ? 'escalated' : kind === 'USER' ? 'direct' : 'role';

/** Changes what is known, then brings every seat in line with it. */
function settled(rows: Seats, change: (it: Card) => void): void {
  const before = cardOf(rows);
  if (!before) return;
  change(before);
  const after = cardOf(rows);
  if (after) align(rows, after);
}

function align(rows: Seats, { known }: Card): void {
  const excluded = [...excludedFrom(known)].toSorted();
  const shown = new Set<string>();
  for (const seat of seats(rows)) {
    const listed = known.takes && !seat.filled && !shown.has(seat.assignee);
    if (listed) shown.add(seat.assignee);
    if (seat.listed !== listed || !same(seat.excluded, excluded)) rows.put({ ...seat, listed, excluded });
  }
}

function excludedFrom({ submitters, editor, fourEyes, steps, decisions, step }: KnownOfReview): Set<string> {
  const people = new Set<string>();
  if (fourEyes.editors) people.add(editor);
  if (fourEyes.submitter) for (const person of submitters) people.add(person);
  if (fourEyes.allowSelf) for (const person of submitters) people.delete(person);
  const index = steps.findIndex(({ key }) => key === step);
  const earlier = steps[index]?.distinctInReview ? steps.slice(0, index).map(({ key }) => key) : [];
  for (const decision of decisions)
    if (decision.step === step || earlier.includes(decision.step))
      for (const person of decision.people) people.add(person);
  return people;
}

function over(rows: Seats): void {
  const it = cardOf(rows);
  if (!it) return;
  clear(rows);
  know(rows, it, { step: null, takes: false });
}

function due(rows: Seats, it: Card, due_at: string | null): void {
  for (const { assignment_id } of seats(rows)) patch(rows, it, assignment_id, { due_at, sort_at: due_at ?? NEVER });
}

/** As the card stands by now: an earlier change of the same event is not lost. */
function know(rows: Seats, { review_id }: Card, change: Partial<KnownOfReview>): Card {
  const it = rows.get(review_id, ITSELF) as Card;
  const next = { ...it, known: { ...it.known, ...change } };
  rows.put(next);
  return next;
}

function patch(rows: Seats, { review_id }: Card, assignmentId: string, change: Partial<InboxRow>): void {
  const seat = rows.get(review_id, assignmentId);
  if (seat) rows.put({ ...seat, ...change });
}

function clear(rows: Seats): void {
  for (const { review_id, assignment_id } of seats(rows)) rows.delete(review_id, assignment_id);
}

const seats = (rows: Seats): InboxRow[] => [...rows.all()].filter(({ assignment_id }) => assignment_id !== ITSELF);

const cardOf = (rows: Seats): Card | undefined =>
  [...rows.all()].find((row): row is Card => row.assignment_id === ITSELF && row.known !== null);

const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((it, i) => it === b[i]);
