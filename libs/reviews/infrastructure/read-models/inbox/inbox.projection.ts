import type { Recorded } from '#libs/kernel/domain/message';
import { fold, type ProjectionGroup, type Rows } from '#libs/processing/application/projection';
import type { AssignmentFacts, ReviewEvent } from '../../../domain/review.events.js';
import { amountOf } from '../../../domain/matter.js';
import { needsEverybody } from '../../../domain/rule.js';
import { role, user } from '../review-party/review-party.table.js';
import { readable, reviewOf } from '../review-of.js';
import { decidersOn, excludedFrom } from './kept-out.js';
import { inboxTable, NEVER, type InboxRow, type KnownOfReview, type Via } from './inbox.table.js';

type Event<Type extends ReviewEvent['type']> = Recorded<Extract<ReviewEvent, { type: Type }>>;
type Rowset = Rows<InboxRow>;
type Card = InboxRow & { readonly known: KnownOfReview };

/** A review while one event is applied: what is known of it, and its seats. Rows are written once, at the end. */
interface Desk {
  card: Card;
  known: KnownOfReview;
  seats: InboxRow[];
}

const ITSELF = '';

/** What waits for whom. Seats appear when a step starts, vanish when it is over, and hide while nothing can be decided. */
export const inbox = fold<ReviewEvent, InboxRow>({
  table: inboxTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  on: {
    ReviewStarted: (rows, event) => rows.put(card(event)),
    StepStarted: at((desk, { data }) => startStep(desk, data)),
    AssignmentAdded: at((desk, { data }) => addSeat(desk, data.step, data.assignment, data.at)),
    AssignmentTransferred: at((desk, { data }) => {
      desk.seats = desk.seats.filter(({ assignment_id }) => assignment_id !== data.assignmentId);
      addSeat(desk, data.step, data.successor, data.at);
    }),
    AssignmentVoided: at((desk, { data }) => {
      const { assignmentId, person, scope, cause, step } = data;
      if (cause === 'recused') know(desk, { recused: [...desk.known.recused, { step, person }] });
      if (scope === 'assignment') desk.seats = desk.seats.filter(({ assignment_id }) => assignment_id !== assignmentId);
    }),
    AssignmentClaimed: at((desk, { data: { assignmentId, claimedBy, onBehalfOf } }) =>
      claim(desk, assignmentId, onBehalfOf === undefined ? [claimedBy] : [claimedBy, onBehalfOf]),
    ),
    AssignmentReleased: at((desk, { data }) => claim(desk, data.assignmentId, null)),
    DecisionRecorded: at((desk, { data }) => {
      const people = data.onBehalfOf === undefined ? [data.actorId] : [data.actorId, data.onBehalfOf];
      know(desk, {
        decisions: [...desk.known.decisions, { id: data.decisionId, step: data.step, people, counts: true }],
      });
      desk.seats = desk.seats.map((seat) =>
        seat.assignment_id === data.assignmentId ? { ...seat, filled: true, claimed_by: null } : seat,
      );
    }),
    DecisionRescinded: at((desk, { data: { decisionId, assignmentId, reopens, revived } }) =>
      recount(desk, { lost: [decisionId], opened: reopens ? [{ assignmentId }] : [], counting: revived }),
    ),
    DecisionsInvalidated: at((desk, { data }) => recount(desk, { lost: data.decisionIds, opened: [], counting: [] })),
    DecisionsRecounted: at((desk, { data }) => recount(desk, data)),
    StepBlocked: at((desk, { data }) => {
      run(desk, data.step, { blocked: true });
      know(desk, { waits: false });
    }),
    StepUnblocked: at((desk, { data }) => run(desk, data.step, { blocked: false })),
    ChangesRequested: at((desk) => know(desk, { waits: true })),
    InfoRequested: at((desk) => know(desk, { waits: true })),
    InfoProvided: at((desk) => know(desk, { waits: false })),
    ReviewOverridden: at((desk, { data: { step, overriddenBy: person } }) =>
      know(desk, { overrides: [...desk.known.overrides, { step, person }] }),
    ),
    ReviewReopened: at((desk, { data }) =>
      know(desk, { overrides: desk.known.overrides.filter(({ step }) => !data.steps.includes(step)) }),
    ),
    ReviewHeld: at((desk) => know(desk, { waits: true })),
    ReviewResumed: at((desk, { data }) => know(desk, { waits: data.status !== 'in_review' })),
    RungFired: at((desk, { data: { rung, step } }) => {
      if (rung.action !== 'priority') return;
      know(desk, { urgent: [...new Set([...desk.known.urgent, step])] });
      desk.seats = desk.seats.map((seat) => (seat.step === step ? { ...seat, urgent: true } : seat));
    }),
    SlaPaused: at((desk, { data }) => due(desk, data.step, null)),
    SlaResumed: at((desk, { data }) => {
      know(desk, { waits: false });
      due(desk, data.step, data.clock.dueAt);
    }),
    SlaReprojected: at((desk, { data }) => {
      if (data.clock !== null) due(desk, data.step, data.clock.dueAt);
    }),
    SubjectRevised: at((desk, { data }) => {
      const { contentHash, editorId } = data.revision;
      know(desk, { revisions: [...desk.known.revisions, { contentHash, editorId }] });
      desk.card = { ...desk.card, ...amountColumns(data.revision.content) };
      over(desk);
    }),
    StepCompleted: at((desk, { data }) => endStep(desk, data.step)),
    StepRejected: at((desk, { data }) => endStep(desk, data.step)),
    ReviewApproved: at(over),
    ReviewRejected: at(over),
    ReviewWithdrawn: at(over),
    ReviewExpired: at(over),
    ReviewCancelled: at(over),
  },
});

/** The inbox has a checkpoint of its own: a slow dashboard never holds back what people wait for. */
export const inboxGroup: ProjectionGroup = {
  name: 'inbox',
  version: 5,
  types: [
    'ReviewStarted',
    'StepStarted',
    'AssignmentAdded',
    'AssignmentTransferred',
    'AssignmentVoided',
    'AssignmentClaimed',
    'AssignmentReleased',
    'DecisionRecorded',
    'DecisionRescinded',
    'DecisionsInvalidated',
    'DecisionsRecounted',
    'StepBlocked',
    'StepUnblocked',
    'ChangesRequested',
    'InfoRequested',
    'InfoProvided',
    'ReviewOverridden',
    'ReviewReopened',
    'ReviewHeld',
    'ReviewResumed',
    'RungFired',
    'SlaPaused',
    'SlaResumed',
    'SlaReprojected',
    'SubjectRevised',
    'StepCompleted',
    'StepRejected',
    'ReviewApproved',
    'ReviewRejected',
    'ReviewWithdrawn',
    'ReviewExpired',
    'ReviewCancelled',
  ],
  projections: [inbox],
};

function card({ data, workspaceId }: Event<'ReviewStarted'>): InboxRow {
  const { fourEyes, subject } = data;
  const { contentHash, editorId } = data.revision;
  const submitters = data.onBehalfOf === undefined ? [data.submittedBy] : [data.submittedBy, data.onBehalfOf];
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
    urgent: false,
    workflow_key: data.workflow.key,
    subject_type: subject.type,
    subject_id: subject.id,
    subject_title: readable(subject.title),
    submitted_by: data.submittedBy,
    ...amountColumns(data.revision.content),
    excluded: [],
    upward: fourEyes.noUpward ? submitters : [],
    spoken: [],
    must_hold: null,
    electorate: null,
    claimed_by: null,
    known: {
      submitters,
      revisions: [{ contentHash, editorId }],
      fourEyes: {
        submitter: fourEyes.submitter,
        editors: fourEyes.editors,
        allowSelf: fourEyes.allowSelf ?? false,
        noUpward: fourEyes.noUpward ?? false,
        conflicts: fourEyes.conflicts ?? [],
      },
      steps: data.steps.map(({ key, parallel, distinct, electorate, rule }) => ({
        key,
        parallel: parallel ?? false,
        distinctInReview: distinct === 'review',
        frozen: electorate === undefined ? needsEverybody(rule) : electorate === 'frozen',
      })),
      decisions: [],
      recused: [],
      overrides: [],
      running: [],
      urgent: [],
      waits: false,
    },
  };
}

function amountColumns(content: unknown): Pick<InboxRow, 'amount' | 'currency'> {
  const { amountMinor = null, currency = null } = amountOf(content) ?? {};
  return { amount: amountMinor, currency };
}

/** Applies an event at the desk, then brings every seat in line with what is known and writes what changed. */
function at<E extends Recorded<ReviewEvent>>(apply: (desk: Desk, event: E) => void) {
  return (rows: Rowset, event: E): void => {
    const before = [...rows.all()];
    const own = before.find((row): row is Card => row.known !== null);
    if (!own) return;
    const seats = before.filter((row) => row !== own);
    const desk: Desk = { card: own, known: own.known, seats };
    apply(desk, event);

    if (desk.known !== own.known || desk.card !== own) rows.put({ ...desk.card, known: desk.known });
    const after = aligned(desk);
    for (const { review_id, assignment_id } of before)
      if (assignment_id !== ITSELF && !after.some((seat) => seat.assignment_id === assignment_id))
        rows.delete(review_id, assignment_id);
    for (const seat of after) if (!before.includes(seat)) rows.put(seat);
  };
}

function aligned({ known, seats }: Desk): InboxRow[] {
  if (seats.length === 0) return seats;
  const excluded = new Map(known.running.map(({ step }) => [step, excludedFrom(known, step)]));
  const takes = new Set(known.running.flatMap(({ step, blocked }) => (blocked || known.waits ? [] : [step])));
  const shown = new Set<string>();
  // Rows come in no order; which of several alike is shown must not depend on it: the definition's own seat first.
  return seats.toSorted(byOrigin).map((seat) => {
    const isOpen = takes.has(seat.step) && !seat.filled;
    const likes = `${seat.step} ${seat.assignee}`;
    // What is claimed stands in its holder's inbox, and nothing like it does.
    const claimed = seat.claimed_by !== null;
    const listed = isOpen && (claimed || !shown.has(likes));
    if (listed && !claimed) shown.add(likes);
    const out = [...(excluded.get(seat.step) ?? [])].toSorted();
    const heard = [...decidersOn(known, [seat.step]), ...(claimed ? [] : claimantsOf(seats, seat))];
    const spoken = [...new Set(heard)].toSorted();
    const isAsBefore = seat.listed === listed && same(seat.excluded, out) && same(seat.spoken, spoken);
    return isAsBefore ? seat : { ...seat, listed, excluded: out, spoken };
  });
}

const claimantsOf = (seats: readonly InboxRow[], { step, assignee }: InboxRow): readonly string[] =>
  seats.flatMap((seat) => (seat.step === step && seat.assignee === assignee ? (seat.claimed_by ?? []) : []));

function claim(desk: Desk, assignmentId: string, claimed_by: readonly string[] | null): void {
  desk.seats = desk.seats.map((seat) => (seat.assignment_id === assignmentId ? { ...seat, claimed_by } : seat));
}

/** What counts, and which assignments are filled, is otherwise than before. */
function recount(
  desk: Desk,
  {
    lost,
    opened,
    counting,
  }: Readonly<{
    lost: readonly string[];
    opened: readonly { readonly assignmentId: string }[];
    counting: readonly { readonly assignmentId: string; readonly decisionId: string }[];
  }>,
): void {
  const counts = new Map([
    ...lost.map((id) => [id, false] as const),
    ...counting.map(({ decisionId }) => [decisionId, true] as const),
  ]);
  const fills = new Map([
    ...opened.map(({ assignmentId }) => [assignmentId, false] as const),
    ...counting.map(({ assignmentId }) => [assignmentId, true] as const),
  ]);
  know(desk, {
    decisions: desk.known.decisions.map((decision) => ({
      ...decision,
      counts: counts.get(decision.id) ?? decision.counts,
    })),
  });
  desk.seats = desk.seats.map((seat) => {
    const filled = fills.get(seat.assignment_id);
    return filled === undefined ? seat : { ...seat, filled, claimed_by: null };
  });
}

function startStep(desk: Desk, data: Event<'StepStarted'>['data']): void {
  const { known } = desk;
  const carried = new Map(data.carried?.map(({ assignmentId, decisionId }) => [assignmentId, decisionId]));
  const counting = new Set(carried.values());
  // A revert brings back decisions that an earlier revision had made worthless: none is ever forgotten.
  const decisions = known.decisions.map((decision) =>
    decision.step === data.step ? { ...decision, counts: counting.has(decision.id) } : decision,
  );
  const others = known.running.filter(({ step }) => step !== data.step);
  // The ladder goes on where the step did before the revision; else it begins anew.
  const urgent = data.continues === undefined ? known.urgent.filter((step) => step !== data.step) : known.urgent;
  know(desk, { decisions, running: [...others, { step: data.step, blocked: false }], urgent, waits: false });
  const frozen = known.steps.find(({ key }) => key === data.step)?.frozen ?? false;
  const seats = data.assignments.map((assignment) => ({
    ...seatOf(desk, data.step, assignment, data.startedAt, data.clock.dueAt),
    electorate: frozen && assignment.kind === 'ROLE' ? (data.electorate[assignment.ref] ?? null) : null,
    filled: carried.has(assignment.assignmentId),
  }));
  desk.seats = [...desk.seats.filter(({ step }) => step !== data.step), ...seats];
}

function addSeat(desk: Desk, step: string, assignment: AssignmentFacts, since: string): void {
  const dueAt = desk.seats.find((seat) => seat.step === step)?.due_at ?? null;
  desk.seats = [...desk.seats, seatOf(desk, step, assignment, since, dueAt)];
}

const seatOf = (
  { card: own, known }: Desk,
  step: string,
  { assignmentId, kind, ref, origin, role: mustHold }: AssignmentFacts,
  since: string,
  due_at: string | null,
): InboxRow => ({
  ...own,
  assignment_id: assignmentId,
  assignee: kind === 'USER' ? user(ref) : role(ref),
  must_hold: mustHold ?? null,
  step,
  via: via(kind, origin),
  since,
  due_at,
  sort_at: due_at ?? NEVER,
  urgent: known.urgent.includes(step),
  known: null,
});

const via = (kind: AssignmentFacts['kind'], origin: AssignmentFacts['origin']): Via =>
  origin === 'escalation' || origin === 'fallback' ? 'escalated' : kind === 'USER' ? 'direct' : 'role';

function know(desk: Desk, change: Partial<KnownOfReview>): void {
  desk.known = { ...desk.known, ...change };
}

function run(desk: Desk, step: string, change: Partial<KnownOfReview['running'][number]>): void {
  know(desk, { running: desk.known.running.map((it) => (it.step === step ? { ...it, ...change } : it)) });
}

function due(desk: Desk, step: string, due_at: string | null): void {
  desk.seats = desk.seats.map((seat) => (seat.step === step ? { ...seat, due_at, sort_at: due_at ?? NEVER } : seat));
}

function endStep(desk: Desk, step: string): void {
  desk.seats = desk.seats.filter((seat) => seat.step !== step);
  know(desk, { running: desk.known.running.filter((it) => it.step !== step) });
}

function over(desk: Desk): void {
  desk.seats = [];
  if (desk.known.running.length > 0) know(desk, { running: [] });
}

const byOrigin = (a: InboxRow, b: InboxRow) =>
  Number(a.via === 'escalated') - Number(b.via === 'escalated') || (a.assignment_id < b.assignment_id ? -1 : 1);

const same = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((it, i) => it === b[i]);
