import type { Recorded } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction, TimerChange } from '#libs/processing/application/process-manager';
import type { ReviewEvent } from '../domain/review.events.js';
import { timerIdOf } from '../domain/timers.js';

const STARTS = ['StepStarted', 'SlaResumed', 'SlaReprojected'] as const;
/** The clock of one step stops; others of its stage may go on. */
const STEP_STOPS = ['SlaPaused', 'StepCompleted', 'StepRejected'] as const;
const STOPS = [
  'SubjectRevised',
  'ReviewApproved',
  'ReviewRejected',
  'ReviewWithdrawn',
  'ReviewExpired',
  'ReviewCancelled',
] as const;
type Start = Extract<ReviewEvent, { type: (typeof STARTS)[number] }>;
type Deadline = Extract<
  ReviewEvent,
  { type: (typeof STARTS)[number] | (typeof STEP_STOPS)[number] | (typeof STOPS)[number] }
>;

/**
 * Keeps the deadlines of running steps: the breach of their budget and every rung of their ladder. A timer that comes
 * too late does no harm, the review knows its generation; so nothing is remembered here.
 */
export const reviewDeadlines: ProcessManager<Deadline, Record<string, never>> = {
  name: 'review_deadlines',
  version: 2,
  types: [...STARTS, ...STEP_STOPS, ...STOPS],
  key: ({ streamId }) => streamId,
  initialState: {},
  remembers: false,
  react(event, state): Reaction<Record<string, never>> {
    switch (event.type) {
      case 'StepStarted':
      case 'SlaResumed':
        return { state, timers: timersOf(event) };
      case 'SlaReprojected': {
        const { streamId, data } = event;
        if (data.clock === null) return { state };
        return { state, timers: [{ clearAll: { streamId, scope: data.executionId } }, ...timersOf(event)] };
      }
      case 'SlaPaused':
      case 'StepCompleted':
      case 'StepRejected':
        return { state, timers: [{ clearAll: { streamId: event.streamId, scope: event.data.executionId } }] };
      default:
        return { state, timers: [{ clearAll: { streamId: event.streamId } }] };
    }
  },
};

/** Where the timers of this room go. */
export const FIRE_TIMER = 'reviews.fire-timer';

function timersOf({ data, streamId, workspaceId }: Recorded<Start>): readonly TimerChange[] {
  const { executionId, clock, rungs } = data;
  if (clock === null) return [];
  const { generation, dueAt } = clock;
  const reviewId = streamId.slice('review-'.length);
  const timer = (kind: 'rung' | 'breach', due: string, rungId?: string): TimerChange => ({
    set: {
      timerId: timerIdOf(streamId, { executionId, kind, generation, ...(rungId !== undefined && { rungId }) }),
      workspaceId,
      streamId,
      scope: executionId,
      target: FIRE_TIMER,
      dueAt: due,
      payload: { reviewId, executionId, kind, generation, ...(rungId !== undefined && { rungId }) },
    },
  });
  return [
    ...(dueAt === null ? [] : [timer('breach', dueAt)]),
    ...rungs.map((rung) => timer('rung', rung.dueAt, rung.rungId)),
  ];
}
