import type { Recorded } from '#libs/kernel/domain/message';
import type { Deadline, ProcessManager, Reaction, TimerChange } from '#libs/processing/application/process-manager';
import type { ReviewEvent } from '../domain/review.events.js';
import { byDueTime, timerIdOf } from '../domain/timers.js';

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
type Stop = Extract<ReviewEvent, { type: (typeof STEP_STOPS)[number] | (typeof STOPS)[number] }>;

/**
 * Keeps the deadlines of running steps: the breach of their budget and every rung of their ladder, those of one clock
 * in one timer. A deadline that comes too late does no harm, the review knows its generation; so nothing is remembered
 * here.
 */
export const reviewDeadlines: ProcessManager<Start | Stop, Record<string, never>> = {
  name: 'review_deadlines',
  version: 3,
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
export const FIRE_TIMER = 'reviews.fire-deadline';

function timersOf({ data, streamId, workspaceId }: Recorded<Start>): readonly TimerChange[] {
  const { executionId, clock, rungs } = data;
  if (clock === null) return [];
  const { generation, dueAt } = clock;
  const reviewId = streamId.slice('review-'.length);
  const deadline = (kind: 'rung' | 'breach', due: string, rungId?: string): Deadline => {
    const which = { executionId, kind, generation, ...(rungId !== undefined && { rungId }) };
    return { timerId: timerIdOf(streamId, which), dueAt: due, payload: { reviewId, ...which } };
  };
  const deadlines = [
    ...(dueAt === null ? [] : [deadline('breach', dueAt)]),
    ...rungs.map((rung) => deadline('rung', rung.dueAt, rung.rungId)),
  ];
  const [first, ...following] = deadlines.toSorted(byDueTime);
  if (!first) return [];
  return [{ set: { ...first, workspaceId, streamId, scope: executionId, target: FIRE_TIMER, following } }];
}
