import type { JsonObject } from '#libs/kernel/domain/json';
import type { Recorded } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction, Timer, TimerChange } from '#libs/processing/application/process-manager';
import type { ReviewEvent } from '../domain/review.events.js';
import { timerIdOf } from '../domain/timers.js';

const STARTS = ['StepStarted', 'SlaResumed'] as const;
/** The clock of one step stands. */
const STOPS = ['SlaPaused', 'StepCompleted', 'StepRejected'] as const;
/** All clocks stand. */
const ENDS = [
  'SubjectRevised',
  'ReviewApproved',
  'ReviewRejected',
  'ReviewWithdrawn',
  'ReviewExpired',
  'ReviewCancelled',
] as const;
type Start = Extract<ReviewEvent, { type: (typeof STARTS)[number] }>;
type Stop = Extract<ReviewEvent, { type: (typeof STOPS)[number] }>;
type Deadline = Start | Stop | Extract<ReviewEvent, { type: (typeof ENDS)[number] }>;

/** The timers that are set, by the execution whose clock they are on: steps may run side by side. */
type Set = Readonly<Record<string, readonly string[]>>;

/**
 * Keeps the deadlines of running steps: the breach of their budget and every rung of their ladder. A timer that comes
 * too late does no harm, the review knows its generation.
 */
export const reviewDeadlines: ProcessManager<Deadline, JsonObject> = {
  name: 'review_deadlines',
  version: 2,
  types: [...STARTS, ...STOPS, ...ENDS],
  key: ({ streamId }) => streamId,
  initialState: {},
  react(event, state): Reaction<JsonObject> {
    switch (event.type) {
      case 'StepStarted':
      case 'SlaResumed':
        return start(event, state as Set);
      case 'SlaPaused':
      case 'StepCompleted':
      case 'StepRejected':
        return stop(event, state as Set);
      default:
        return { state: {}, timers: [{ clearAll: { streamId: event.streamId } }] };
    }
  },
};

function start(event: Recorded<Start>, set: Set): Reaction<JsonObject> {
  const timers = timersOf(event);
  const { executionId } = event.data;
  const earlier = (set[executionId] ?? []).map((timerId) => ({ clear: { timerId } }));
  return {
    state: {
      ...without(set, executionId),
      ...(timers.length > 0 && { [executionId]: timers.map(({ timerId }) => timerId) }),
    },
    timers: [...earlier, ...timers.map((timer) => ({ set: timer }))],
  };
}

function stop({ data: { executionId } }: Recorded<Stop>, set: Set): Reaction<JsonObject> {
  const timers = (set[executionId] ?? []).map((timerId): TimerChange => ({ clear: { timerId } }));
  return { state: without(set, executionId), timers };
}

function without(set: Set, executionId: string): JsonObject {
  const { [executionId]: _, ...rest } = set;
  return rest;
}

/** Where the timers of this room go. */
export const FIRE_TIMER = 'reviews.fire-timer';

function timersOf({ data, streamId, workspaceId }: Recorded<Start>): readonly Timer[] {
  const { executionId, clock, rungs } = data;
  const { generation, dueAt } = clock;
  const reviewId = streamId.slice('review-'.length);
  const timer = (kind: 'rung' | 'breach', due: string, rungId?: string): Timer => ({
    timerId: timerIdOf(streamId, { executionId, kind, generation, ...(rungId !== undefined && { rungId }) }),
    workspaceId,
    streamId,
    target: FIRE_TIMER,
    dueAt: due,
    payload: { reviewId, executionId, kind, generation, ...(rungId !== undefined && { rungId }) },
  });
  return [
    ...(dueAt === null ? [] : [timer('breach', dueAt)]),
    ...rungs.map((rung) => timer('rung', rung.dueAt, rung.rungId)),
  ];
}
