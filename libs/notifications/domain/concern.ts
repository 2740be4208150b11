import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { Notice, Recipient } from './notice.js';
import type { NoticeKind } from './preferences.events.js';

interface Seat {
  readonly assignmentId: string;
  readonly ref: Recipient;
  /** The command that asked for it. */
  readonly since: string;
  /** For whom the decision speaks that fills it; null while it waits for one. */
  readonly filledBy: readonly string[] | null;
}

interface RunningStep {
  readonly step: string;
  readonly dueAt: string | null;
  readonly seats: readonly Seat[];
  /** Nobody may decide until more people are there. */
  readonly blocked: boolean;
}

/** A review, as far as it takes to know whom its events concern. */
interface Concern {
  readonly review: {
    /** Who submitted it, and in whose name. */
    readonly submitters: readonly string[];
    readonly workflow: string;
    readonly type: string;
    readonly id: string;
  } | null;
  readonly steps: Readonly<Record<string, RunningStep>>;
  /** For whom each decision speaks: one of an earlier round may count again. */
  readonly decisions: Readonly<Record<string, readonly string[]>>;
  /** Who stepped back from a step, in all its rounds. */
  readonly recused: readonly Readonly<{ step: string; person: string }>[];
}

/** An assignment as the events of a review carry it. */
type Assigned = Readonly<{ assignmentId: string; kind: 'USER' | 'ROLE'; ref: string }>;
type Target = Readonly<{ user?: string; role?: string; manager?: true }>;
type Filling = Readonly<{ assignmentId: string; decisionId: string }>;
type Data = Readonly<{
  executionId?: string;
  step?: string | null;
  assignments?: readonly Assigned[];
  assignment?: Assigned;
  successor?: Assigned;
  assignmentId?: string;
  scope?: 'assignment' | 'person';
  cause?: string;
  person?: string;
  decisionId?: string;
  actorId?: string;
  carried?: readonly Filling[];
  reopens?: object | null;
  revived?: readonly Filling[];
  opened?: readonly Readonly<{ assignmentId?: string }>[];
  counting?: readonly Filling[];
  to?: Target;
  reason?: string;
  clock?: Readonly<{ dueAt: string | null }>;
  dueAt?: string | null;
  fallback?: readonly string[];
  rung?: Readonly<{ action: string; to?: Target; notify?: readonly string[] }>;
  submittedBy?: string;
  onBehalfOf?: string;
  workflow?: Readonly<{ key: string }>;
  subject?: Readonly<{ type: string; id: string }>;
}>;

/** Somebody may have to be told of these. */
export const telling = [
  'StepStarted',
  'AssignmentAdded',
  'AssignmentTransferred',
  'StepBlocked',
  'StepUnblocked',
  'RungFired',
  'RungSkipped',
  'SlaBreached',
  'ChangesRequested',
  'InfoRequested',
  'ReviewApproved',
  'ReviewRejected',
  'ReviewExpired',
  'ReviewCancelled',
  'ReviewReopened',
] as const;

/** These only change who is concerned. */
const changing = [
  'ReviewStarted',
  'SlaResumed',
  'SlaReprojected',
  'AssignmentVoided',
  'DecisionRecorded',
  'DecisionRescinded',
  'DecisionsRecounted',
  'StepCompleted',
  'StepRejected',
  'SubjectRevised',
  'ReviewWithdrawn',
] as const;
type Concerning = DomainEvent<(typeof telling)[number] | (typeof changing)[number], JsonObject>;

const concerning: ReadonlySet<string> = new Set([...telling, ...changing]);
const isConcerning = (event: Recorded): event is Recorded<Concerning> => concerning.has(event.type);

/** Something to tell, with whom it is for, but for some. */
export interface Addressed {
  readonly notice: Notice;
  readonly to: readonly Recipient[];
  readonly except: readonly string[];
}

const noConcern: Concern = { review: null, steps: {}, decisions: {}, recused: [] };

const recipientOf = ({ kind, ref }: Pick<Assigned, 'kind' | 'ref'>): Recipient =>
  kind === 'USER' ? { user: ref } : { role: ref };
const seatOf = (assigned: Assigned, { commandId }: Recorded): Seat => ({
  assignmentId: assigned.assignmentId,
  ref: recipientOf(assigned),
  since: commandId,
  filledBy: null,
});
/** `ROLE:name` or `role:name`, else a user id. */
const named = (text: string): Recipient =>
  /^role:/i.test(text) ? { role: text.slice('role:'.length) } : { user: text.replace(/^user:/i, '') };

/**
 * What people are to be told of one event of a review: that they are asked, that it is urgent, that it is their turn to
 * answer, how it ended. As things were then, with all that was recorded together with it: nobody is asked for what was
 * settled in the same breath.
 * @param events of the review, from the first one on
 */
export function tellOf(events: readonly Recorded[], revision: number): readonly Addressed[] {
  const event = events[revision];
  if (!event) return [];
  let concern = noConcern;
  let told: readonly Addressed[] = [];
  for (const [index, each] of events.entries()) {
    if (index > revision && each.commandId !== event.commandId) break;
    if (!isConcerning(each)) continue;
    const { state, tell = [] } = follow(each, concern);
    concern = state;
    if (index === revision) told = tell;
  }
  const running = concern.steps[(event.data as Data).executionId ?? ''];
  return told.flatMap((it) => {
    const { kind } = it.notice;
    if (!asks(kind)) return [it];
    if (!running || (kind === 'assignment' && running.blocked)) return [];
    return [{ ...it, except: [...it.except, ...outOf(running, concern)] }];
  });
}

/** Whoever has been heard on a step, or stepped back from it: it waits for them no more, though it may for their role. */
const outOf = ({ step, seats }: RunningStep, { recused }: Concern): readonly string[] => [
  ...seats.flatMap(({ filledBy }) => filledBy ?? []),
  ...recused.flatMap((it) => (it.step === step ? [it.person] : [])),
];

/** Whether it is said to whoever may decide. */
const asks = (kind: NoticeKind): boolean => kind === 'assignment' || kind === 'reminder';

/** Knows of every running step who was asked, and who has answered. */
function follow(
  event: Recorded<Concerning>,
  concern: Concern,
): { readonly state: Concern; readonly tell?: readonly Addressed[] } {
  const data = event.data as Data;
  const { review } = concern;
  if (event.type === 'ReviewStarted') {
    const { submittedBy = '', onBehalfOf, workflow, subject } = data;
    const submitters = onBehalfOf === undefined ? [submittedBy] : [submittedBy, onBehalfOf];
    const { type = '', id = '' } = subject ?? {};
    return { state: { ...noConcern, review: { submitters, workflow: workflow?.key ?? '', type, id } } };
  }
  if (!review) return { state: concern };
  const executionId = data.executionId ?? '';
  const running = concern.steps[executionId];
  const about = { step: data.step ?? running?.step ?? null, dueAt: running?.dueAt ?? null };
  const tell = (kind: NoticeKind, to: readonly Recipient[], more: Partial<typeof about> = {}) =>
    to.length === 0 ? [] : [addressed(event, kind, to, review, { ...about, ...more })];
  const withStep = (step: RunningStep): Concern => ({ ...concern, steps: { ...concern.steps, [executionId]: step } });
  const submitter = review.submitters.map((user) => ({ user }));
  switch (event.type) {
    case 'StepStarted': {
      const carried = new Map(data.carried?.map(({ assignmentId, decisionId }) => [assignmentId, decisionId]));
      const seats = (data.assignments ?? []).map((assigned) => {
        const decisionId = carried.get(assigned.assignmentId);
        return { ...seatOf(assigned, event), filledBy: decisionId === undefined ? null : heard(concern, decisionId) };
      });
      const step = { step: data.step ?? '', dueAt: data.clock?.dueAt ?? null, seats, blocked: false };
      return { state: withStep(step), tell: tell('assignment', refsOf(seats), { dueAt: step.dueAt }) };
    }
    case 'SlaResumed':
    case 'SlaReprojected':
      return running && data.clock ? { state: withStep({ ...running, dueAt: data.clock.dueAt }) } : { state: concern };
    case 'AssignmentAdded': {
      if (!running || !data.assignment) return { state: concern };
      const seat = seatOf(data.assignment, event);
      return {
        state: withStep({ ...running, seats: [...running.seats, seat] }),
        tell: tell('assignment', [seat.ref]),
      };
    }
    case 'AssignmentTransferred': {
      if (!running || !data.successor) return { state: concern };
      const seat = seatOf(data.successor, event);
      const seats = [...without(running.seats, data.assignmentId), seat];
      return { state: withStep({ ...running, seats }), tell: tell('assignment', [seat.ref]) };
    }
    case 'AssignmentVoided': {
      if (!running) return { state: concern };
      // Void for one person only, it waits for the others who hold the role.
      const seats = data.scope === 'assignment' ? without(running.seats, data.assignmentId) : running.seats;
      const isRecused = data.cause === 'recused' && data.person !== undefined;
      const recused = isRecused ? [...concern.recused, { step: running.step, person: data.person }] : concern.recused;
      return { state: { ...withStep({ ...running, seats }), recused } };
    }
    case 'DecisionRecorded': {
      const { decisionId = '', actorId = '', onBehalfOf } = data;
      const people = onBehalfOf === undefined ? [actorId] : [actorId, onBehalfOf];
      const decided = { ...concern, decisions: { ...concern.decisions, [decisionId]: people } };
      return {
        state: filled(decided, ({ assignmentId }) => (assignmentId === data.assignmentId ? people : undefined)),
      };
    }
    case 'DecisionRescinded':
    case 'DecisionsRecounted': {
      const { opened = data.reopens ? [data] : [], counting = data.revived } = data;
      const open = new Set(opened.map(({ assignmentId }) => assignmentId));
      const fills = new Map(counting?.map(({ assignmentId, decisionId }) => [assignmentId, decisionId]));
      const state = filled(concern, ({ assignmentId }) => {
        const decisionId = fills.get(assignmentId);
        if (decisionId !== undefined) return heard(concern, decisionId);
        return open.has(assignmentId) ? null : undefined;
      });
      return { state };
    }
    case 'StepBlocked':
      return {
        state: running ? withStep({ ...running, blocked: true }) : concern,
        tell: tell('escalation', (data.fallback ?? []).map(named)),
      };
    case 'StepUnblocked': {
      if (!running) return { state: concern };
      // Whoever is asked by the same command is told so by that.
      const earlier = running.seats.filter(({ since }) => since !== event.commandId);
      return { state: withStep({ ...running, blocked: false }), tell: tell('assignment', refsOf(earlier)) };
    }
    case 'RungFired':
      return { state: concern, tell: rungNotices(data.rung, running, tell) };
    case 'RungSkipped': {
      if (data.reason !== 'already-assigned') return { state: concern };
      const seats = refsOf(running?.seats ?? []);
      // The manager is one of those who are asked.
      return { state: concern, tell: tell('reminder', data.to?.manager ? seats : targetsOf(data.to, seats)) };
    }
    case 'SlaBreached':
      return { state: concern, tell: tell('reminder', refsOf(running?.seats ?? [])) };
    case 'ChangesRequested':
    case 'InfoRequested':
      return { state: concern, tell: tell('changes', submitter) };
    case 'StepCompleted':
    case 'StepRejected': {
      const { [executionId]: _, ...steps } = concern.steps;
      return { state: { ...concern, steps } };
    }
    case 'SubjectRevised':
      return { state: { ...concern, steps: {} } };
    case 'ReviewWithdrawn':
      return { state: { ...concern, steps: {} } };
    default:
      return { state: { ...concern, steps: {} }, tell: tell('outcome', submitter, { step: null, dueAt: null }) };
  }
}

type Tell = (kind: NoticeKind, to: readonly Recipient[]) => Addressed[];

function rungNotices(rung: Data['rung'], running: RunningStep | undefined, tell: Tell) {
  if (!rung) return [];
  const seats = refsOf(running?.seats ?? []);
  const also = (rung.notify ?? []).map(named);
  switch (rung.action) {
    case 'remind':
      return [...tell('reminder', rung.to ? targetsOf(rung.to, seats) : seats), ...tell('escalation', also)];
    case 'notify':
      return tell('escalation', [...targetsOf(rung.to, seats), ...also]);
    default:
      return tell('escalation', also);
  }
}

const targetsOf = (to: Target | undefined, seats: readonly Recipient[]): readonly Recipient[] => {
  if (to?.user !== undefined) return [{ user: to.user }];
  if (to?.role !== undefined) return [{ role: to.role }];
  return to?.manager ? seats.map((managerOf) => ({ managerOf })) : [];
};

const without = (seats: readonly Seat[], assignmentId: string | undefined) =>
  seats.filter((seat) => seat.assignmentId !== assignmentId);

/** Whom a decision speaks for. */
const heard = ({ decisions }: Concern, decisionId: string): readonly string[] => decisions[decisionId] ?? [];

/** @param by who fills a seat now, null for nobody; undefined leaves it as it is */
function filled(concern: Concern, by: (seat: Seat) => readonly string[] | null | undefined): Concern {
  const fill = (seat: Seat): Seat => {
    const filledBy = by(seat);
    return filledBy === undefined ? seat : { ...seat, filledBy };
  };
  const steps = Object.entries(concern.steps).map(([executionId, step]) => [
    executionId,
    { ...step, seats: step.seats.map(fill) },
  ]);
  return { ...concern, steps: Object.fromEntries(steps) as Concern['steps'] };
}

/** Whom these seats wait for, each once: a role with three of them is asked once. */
const refsOf = (seats: readonly Seat[]): Recipient[] => [
  ...new Map(seats.flatMap(({ ref, filledBy }) => (filledBy ? [] : [[JSON.stringify(ref), ref]]))).values(),
];

function addressed(
  event: Recorded<Concerning>,
  kind: NoticeKind,
  to: readonly Recipient[],
  { workflow, type, id, submitters }: NonNullable<Concern['review']>,
  about: { step: string | null; dueAt: string | null },
): Addressed {
  const reviewId = event.streamId.slice('review-'.length);
  const notice: Notice = { kind, eventType: event.type, reviewId, subject: { type, id }, workflow, ...about };
  // Nobody is asked to decide on what they submitted, nor told what they have just done.
  const except = asks(kind) ? [...submitters, event.actor.id] : [event.actor.id];
  return { notice, to, except };
}
