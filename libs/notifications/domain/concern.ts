import type { JsonObject } from '#libs/kernel/domain/json';
import type { DomainEvent, Recorded } from '#libs/kernel/domain/message';
import type { Notice, Recipient } from './notice.js';
import type { NoticeKind } from './preferences.events.js';

type Seat = { readonly assignmentId: string; readonly ref: Recipient };
type RunningStep = { readonly step: string; readonly dueAt: string | null; readonly seats: readonly Seat[] };

/** A review, as far as it takes to know whom its events concern. */
export type Concern = {
  readonly review: {
    /** Who submitted it, and in whose name. */
    readonly submitters: readonly string[];
    readonly workflow: string;
    readonly type: string;
    readonly id: string;
  } | null;
  readonly steps: { readonly [executionId: string]: RunningStep };
};

/** An assignment as the events of a review carry it. */
type Assigned = Readonly<{ assignmentId: string; kind: 'USER' | 'ROLE'; ref: string }>;
type Target = Readonly<{ user?: string; role?: string; manager?: true }>;
type Data = Readonly<{
  executionId?: string;
  step?: string | null;
  assignments?: readonly Assigned[];
  assignment?: Assigned;
  successor?: Assigned;
  assignmentId?: string;
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
  'RungFired',
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
  'StepCompleted',
  'StepRejected',
  'SubjectRevised',
  'ReviewWithdrawn',
] as const;
export type Concerning = DomainEvent<(typeof telling)[number] | (typeof changing)[number], JsonObject>;

const concerning: ReadonlySet<string> = new Set([...telling, ...changing]);
export const isConcerning = (event: Recorded): event is Recorded<Concerning> => concerning.has(event.type);

/** Something to tell, with whom it is for, but for some. */
export interface Addressed {
  readonly notice: Notice;
  readonly to: readonly Recipient[];
  readonly except: readonly string[];
}

export const noConcern: Concern = { review: null, steps: {} };

const recipientOf = ({ kind, ref }: Pick<Assigned, 'kind' | 'ref'>): Recipient =>
  kind === 'USER' ? { user: ref } : { role: ref };
const seatOf = (assigned: Assigned): Seat => ({ assignmentId: assigned.assignmentId, ref: recipientOf(assigned) });
/** `ROLE:name` or `role:name`, else a user id. */
const named = (text: string): Recipient =>
  /^role:/i.test(text) ? { role: text.slice('role:'.length) } : { user: text.replace(/^user:/i, '') };

/**
 * Knows of every running step who was asked, and tells people what concerns them: that they are asked, that it is
 * urgent, that it is their turn to answer, how it ended.
 */
export function follow(
  event: Recorded<Concerning>,
  concern: Concern,
): { readonly state: Concern; readonly tell?: readonly Addressed[] } {
  const data = event.data as Data;
  const { review } = concern;
  if (event.type === 'ReviewStarted') {
    const { submittedBy = '', onBehalfOf, workflow, subject } = data;
    const submitters = onBehalfOf === undefined ? [submittedBy] : [submittedBy, onBehalfOf];
    const { type = '', id = '' } = subject ?? {};
    return { state: { review: { submitters, workflow: workflow?.key ?? '', type, id }, steps: {} } };
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
      const seats = (data.assignments ?? []).map(seatOf);
      const step = { step: data.step ?? '', dueAt: data.clock?.dueAt ?? null, seats };
      return { state: withStep(step), tell: tell('assignment', refsOf(seats), { dueAt: step.dueAt }) };
    }
    case 'SlaResumed':
    case 'SlaReprojected':
      return running && data.clock ? { state: withStep({ ...running, dueAt: data.clock.dueAt }) } : { state: concern };
    case 'AssignmentAdded': {
      if (!running || !data.assignment) return { state: concern };
      const seat = seatOf(data.assignment);
      return {
        state: withStep({ ...running, seats: [...running.seats, seat] }),
        tell: tell('assignment', [seat.ref]),
      };
    }
    case 'AssignmentTransferred': {
      if (!running || !data.successor) return { state: concern };
      const seat = seatOf(data.successor);
      const seats = [...without(running.seats, data.assignmentId), seat];
      return { state: withStep({ ...running, seats }), tell: tell('assignment', [seat.ref]) };
    }
    case 'AssignmentVoided':
    case 'DecisionRecorded':
      if (!running) return { state: concern };
      return { state: withStep({ ...running, seats: without(running.seats, data.assignmentId) }) };
    case 'StepBlocked':
      return { state: concern, tell: tell('escalation', (data.fallback ?? []).map(named)) };
    case 'RungFired':
      return { state: concern, tell: rungNotices(data.rung, running, tell) };
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
      return [...tell('reminder', seats), ...tell('escalation', also)];
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

/** Each once: a role with three seats is asked once. */
const refsOf = (seats: readonly Seat[]): Recipient[] => [
  ...new Map(seats.map(({ ref }) => [JSON.stringify(ref), ref])).values(),
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
  const except = kind === 'assignment' || kind === 'reminder' ? [...submitters, event.actor.id] : [event.actor.id];
  return { notice, to, except };
}
