import { refOf, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Recorded } from '#libs/kernel/domain/message';
import { fold, type ProjectionGroup, type Rows } from '#libs/processing/application/projection';
import { attributed, heldBy, openLedger, stopped } from '../../../domain/clock.js';
import type { AssignmentFacts, ReviewEvent } from '../../../domain/review.events.js';
import type { ClockState, Holder } from '../../../domain/review.state.js';
import { dayOf } from '../review-status/review-counters.js';
import { role, user } from '../review-party/review-party.table.js';
import { reviewOf } from '../review-of.js';
import { kept, live, openAt, opened, rulesOf, shown } from './ledger.js';
import { stepWorkTable, type Ledger, type Seat, type StepWorkRow } from './step-work.table.js';
import { workCounters } from './work-counters.js';

type Work = Rows<StepWorkRow>;
type Event<Type extends ReviewEvent['type']> = Recorded<Extract<ReviewEvent, { type: Type }>>;
type Calendars = readonly PinnedCalendar[];

const ITSELF = '';

/** Every step of every review: whose turn it is, since when, and what came of it. */
export const stepWork = fold<ReviewEvent, StepWorkRow>({
  table: stepWorkTable,
  partitionColumn: 'review_id',
  partition: reviewOf,
  counters: workCounters,
  on: {
    ReviewStarted: (rows, event) => rows.put(card(event)),
    StepStarted: startStep,
    StepBlocked: (rows, { data }) => change(rows, data, (it, calendars) => block(it, calendars, data.at, true)),
    StepUnblocked: (rows, { data }) => change(rows, data, (it, calendars) => block(it, calendars, data.at, false)),
    SlaPaused: (rows, { data }) =>
      change(rows, data, (ledger, calendars) => {
        const holder: Holder = data.cause === 'on_hold' ? 'system' : 'submitter';
        const clock = heldBy(stopped(live(ledger.clock, calendars), data.at, data.consumedMs), holder, data.at);
        return { ...ledger, clock: kept(clock), openMs: openAt(ledger, calendars, data.at), openSince: null };
      }),
    SlaResumed: (rows, { data }) =>
      change(rows, data, (ledger, calendars) => ({
        ...goOn(ledger, data, calendars),
        openMs: openAt(ledger, calendars, data.at),
        openSince: data.at,
      })),
    SlaReprojected: reproject,
    SlaBreached: (rows, { data }) =>
      change(rows, data, (ledger) => ({ ...ledger, clock: { ...ledger.clock, breachedAt: data.at } })),
    ChangesRequested: (rows, { data }) =>
      patch(rows, data, ({ returned }) => ({ returned: [...returned, dayOf(data.at)] })),
    InfoRequested: (rows, { data }) => patch(rows, data, ({ asked }) => ({ asked: [...asked, dayOf(data.at)] })),
    DecisionRecorded: decide,
    DecisionRescinded: (rows, event) => {
      const { decisionId, reopens, revived, at } = event.data;
      rows.delete(reviewOf(event), decisionId);
      refill(rows, { opened: reopens ? [event.data] : [], counting: revived, at });
    },
    DecisionsRecounted: (rows, { data }) => refill(rows, data),
    AssignmentAdded: (rows, { data }) =>
      change(rows, data, (ledger, calendars) => add(ledger, calendars, data.assignment, data.at)),
    AssignmentTransferred: (rows, { data }) =>
      change(rows, data, (ledger, calendars) => add(remove(ledger, data), calendars, data.successor, data.at)),
    AssignmentVoided: (rows, { data }) =>
      change(rows, data, (ledger) => (data.scope === 'assignment' ? remove(ledger, data) : ledger)),
    AssignmentClaimed: (rows, { data }) =>
      change(rows, data, (ledger) => claim(ledger, data.assignmentId, user(data.claimedBy))),
    AssignmentReleased: (rows, { data }) => change(rows, data, (ledger) => claim(ledger, data.assignmentId, null)),
    StepCompleted: (rows, { data }) => end(rows, data.executionId, 'satisfied', data.completedAt),
    StepRejected: (rows, { data }) => end(rows, data.executionId, 'rejected', data.at),
    SubjectRevised: (rows, { data }) => endAll(rows, 'superseded', data.at),
    ReviewRejected: (rows, { data }) => endAll(rows, 'closed', data.rejectedAt),
    ReviewWithdrawn: (rows, { data }) => endAll(rows, 'closed', data.at),
    ReviewExpired: (rows, { data }) => endAll(rows, 'closed', data.at),
    ReviewCancelled: (rows, { data }) => endAll(rows, 'closed', data.at),
  },
});

/** A checkpoint of its own: what managers look at never holds back what people wait for. */
export const workGroup: ProjectionGroup = {
  name: 'work',
  version: 7,
  types: [
    'ReviewStarted',
    'StepStarted',
    'StepBlocked',
    'StepUnblocked',
    'SlaPaused',
    'SlaResumed',
    'SlaReprojected',
    'SlaBreached',
    'ChangesRequested',
    'InfoRequested',
    'DecisionRecorded',
    'DecisionRescinded',
    'DecisionsRecounted',
    'AssignmentAdded',
    'AssignmentTransferred',
    'AssignmentVoided',
    'AssignmentClaimed',
    'AssignmentReleased',
    'StepCompleted',
    'StepRejected',
    'SubjectRevised',
    'ReviewRejected',
    'ReviewWithdrawn',
    'ReviewExpired',
    'ReviewCancelled',
  ],
  projections: [stepWork],
};

function card({ data, workspaceId }: Event<'ReviewStarted'>): StepWorkRow {
  return {
    review_id: data.reviewId,
    entry_id: ITSELF,
    workspace_id: workspaceId,
    branch_id: data.branchId,
    submitted_by: data.submittedBy,
    workflow_id: data.workflow.id,
    workflow_key: data.workflow.key,
    step: '',
    kind: 'review',
    outcome: null,
    turn: null,
    sla: null,
    since: data.submittedAt,
    ended_at: null,
    due_at: null,
    risk_at: null,
    waits_for: [],
    returned: [],
    asked: [],
    took_ms: null,
    unit: null,
    approver_ms: null,
    submitter_ms: null,
    hold_ms: null,
    blocked_ms: null,
    actor: null,
    role: null,
    ledger: null,
    calendars: data.calendars ?? [],
  };
}

/** The row of the step alone keeps the new calendar while its clock runs: thousands of clocks may move at once. */
function reproject(rows: Work, { data }: Event<'SlaReprojected'>): void {
  const { rule, clock, at } = data;
  const row = stepOf(rows, data);
  if (clock === null || !row?.ledger || row.ended_at !== null) return learn(rows, rule);
  const { ledger } = row;
  const known = [rule, ...calendarsOf(rows)];
  const moved: Ledger = {
    ...goOn(ledger, { clock, at }, known, ledger.clock.holder),
    movedTo: rule,
    openMs: openAt(ledger, known, at),
    openSince: at,
  };
  rows.put({ ...row, ...shown(moved, known) });
}

const own = (rows: Work): StepWorkRow | undefined => {
  const [any] = rows.all();
  return any && rows.get(any.review_id, ITSELF);
};

/** Every calendar that anything of the review counts on. */
const calendarsOf = (rows: Work): Calendars => [
  ...(own(rows)?.calendars ?? []),
  ...[...rows.all()].flatMap(({ ledger }) => ledger?.movedTo ?? []),
];

/** The review keeps the calendar; earlier versions of it only if a clock, one that stands perhaps, counts by them. */
function learn(rows: Work, rule: PinnedCalendar | null): void {
  const card = own(rows);
  const known = card?.calendars ?? [];
  if (!card || !rule || known.some(({ key, version }) => key === rule.key && version >= rule.version)) return;
  const used = new Set([...rows.all()].map(({ ledger }) => ledger?.clock.calendar));
  rows.put({ ...card, calendars: [...known.filter((it) => it.key !== rule.key || used.has(refOf(it))), rule] });
}

function startStep(rows: Work, event: Event<'StepStarted'>): void {
  const { data } = event;
  const card = own(rows);
  if (!card) return;
  const earlier = data.continues === undefined ? undefined : rows.get(reviewOf(event), data.continues);
  // Before the earlier row lets go of its own, by which its clock has counted.
  const calendars = calendarsOf(rows);
  if (earlier) {
    learn(rows, earlier.ledger?.movedTo ?? null);
    rows.put({ ...earlier, outcome: 'continued', ledger: null });
  }
  const ledger = opened(data.clock, data.startedAt, calendars, earlier?.ledger ?? undefined);
  const filled = new Set(data.carried?.map(({ assignmentId }) => assignmentId));
  const seats = data.assignments.map((it) => seatOf(it, ledger.openMs, filled.has(it.assignmentId)));
  rows.put({
    ...card,
    entry_id: data.executionId,
    kind: 'step',
    step: data.step,
    since: data.startedAt,
    calendars: null,
    ...shown({ ...ledger, seats }, calendars),
  });
}

/** Assignments wait again, or wait no more; of steps side by side they may stand on any. */
function refill(
  rows: Work,
  { opened, counting, at }: Readonly<{ opened: readonly Placed[]; counting: readonly Placed[]; at: string }>,
): void {
  const open = new Set(opened.map(({ assignmentId }) => assignmentId));
  const filled = new Set(counting.map(({ assignmentId }) => assignmentId));
  for (const { kind, entry_id: executionId } of rows.all()) {
    if (kind !== 'step') continue;
    change(rows, { executionId }, (ledger, calendars) => ({
      ...ledger,
      seats: ledger.seats.map((seat) => {
        if (filled.has(seat.assignmentId)) return { ...seat, filled: true, claimedBy: null };
        return open.has(seat.assignmentId) ? { ...seat, filled: false, fromMs: openAt(ledger, calendars, at) } : seat;
      }),
    }));
  }
}

type Placed = Readonly<{ assignmentId: string }>;

/** Whose time it is from here on, while the clock goes on. */
const block = (ledger: Ledger, calendars: Calendars, at: string, blocked: boolean): Ledger => ({
  ...ledger,
  blocked,
  clock: kept(heldBy(live(ledger.clock, calendars), blocked ? 'blocked' : 'assignee', at)),
});

/** The clock runs on as an event says. */
function goOn(
  ledger: Ledger,
  { clock, at }: Pick<Event<'SlaResumed'>['data'], 'clock' | 'at'>,
  calendars: Calendars,
  holder: Holder = ledger.blocked ? 'blocked' : 'assignee',
): Ledger {
  const next: ClockState = openLedger(clock, at, rulesOf(calendars, clock), live(ledger.clock, calendars));
  return { ...ledger, clock: kept({ ...next, holder }) };
}

const seatOf = ({ assignmentId, kind, ref }: AssignmentFacts, fromMs: number, filled = false): Seat => ({
  assignmentId,
  asks: kind === 'USER' ? user(ref) : role(ref),
  claimedBy: null,
  filled,
  fromMs,
});

const add = (ledger: Ledger, calendars: Calendars, assignment: AssignmentFacts, at: string): Ledger => ({
  ...ledger,
  seats: [...ledger.seats, seatOf(assignment, openAt(ledger, calendars, at))],
});

const remove = (ledger: Ledger, { assignmentId }: { assignmentId: string }): Ledger => ({
  ...ledger,
  seats: ledger.seats.filter((seat) => seat.assignmentId !== assignmentId),
});

const claim = (ledger: Ledger, assignmentId: string, claimedBy: string | null): Ledger => ({
  ...ledger,
  seats: ledger.seats.map((seat) => (seat.assignmentId === assignmentId ? { ...seat, claimedBy } : seat)),
});

function decide(rows: Work, event: Event<'DecisionRecorded'>): void {
  const { data } = event;
  const reviewId = reviewOf(event);
  const card = own(rows);
  const ledger = rows.get(reviewId, data.executionId)?.ledger;
  const seat = ledger?.seats.find(({ assignmentId }) => assignmentId === data.assignmentId);
  if (!card || !ledger || !seat) return;
  const tookMs = openAt(ledger, calendarsOf(rows), data.at) - seat.fromMs;
  rows.put({
    ...card,
    entry_id: data.decisionId,
    kind: 'decision',
    step: data.step,
    since: data.at,
    ended_at: data.at,
    took_ms: String(tookMs),
    actor: user(data.actorId),
    role: seat.asks.startsWith('role:') ? seat.asks : null,
    calendars: null,
  });
  change(rows, data, (it) => ({
    ...it,
    seats: it.seats.map((other) => (other === seat ? { ...seat, filled: true, claimedBy: null } : other)),
  }));
}

type Of = { readonly executionId: string };

const stepOf = (rows: Work, { executionId }: Of): StepWorkRow | undefined => {
  const [any] = rows.all();
  return any && rows.get(any.review_id, executionId);
};

function patch(rows: Work, which: Of, how: (row: StepWorkRow) => Partial<StepWorkRow>): void {
  const row = stepOf(rows, which);
  if (row) rows.put({ ...row, ...how(row) });
}

/** Changes the ledger of a step that runs, and with it what its row shows. */
function change(rows: Work, which: Of, how: (ledger: Ledger, calendars: Calendars) => Ledger): void {
  const row = stepOf(rows, which);
  if (!row?.ledger || row.ended_at !== null) return;
  const calendars = calendarsOf(rows);
  rows.put({ ...row, ...shown(how(row.ledger, calendars), calendars) });
}

function end(rows: Work, executionId: string, outcome: StepWorkRow['outcome'], at: string): void {
  const row = stepOf(rows, { executionId });
  if (!row?.ledger || row.ended_at !== null) return;
  const { ledger } = row;
  learn(rows, ledger.movedTo);
  const calendars = calendarsOf(rows);
  const clock = stopped(heldBy(live(ledger.clock, calendars), ledger.clock.holder, at), at);
  const took = attributed(clock, at);
  const openMs = openAt(ledger, calendars, at);
  const isLate = clock.breachedAt !== null || (row.due_at !== null && Date.parse(row.due_at) < Date.parse(at));
  rows.put({
    ...row,
    outcome,
    turn: null,
    sla: clock.budget === null ? 'none' : isLate ? 'breached' : 'met',
    ended_at: at,
    due_at: null,
    risk_at: null,
    waits_for: [],
    took_ms: String(openMs),
    approver_ms: String(took.assignee),
    submitter_ms: String(took.submitter),
    hold_ms: String(took.system),
    blocked_ms: String(took.blocked),
    // Another execution may go on with it.
    ledger: outcome === 'superseded' ? { ...ledger, clock: kept(clock), openMs, openSince: null, seats: [] } : null,
  });
}

function endAll(rows: Work, outcome: StepWorkRow['outcome'], at: string): void {
  for (const row of rows.all()) if (row.kind === 'step' && row.ended_at === null) end(rows, row.entry_id, outcome, at);
}
