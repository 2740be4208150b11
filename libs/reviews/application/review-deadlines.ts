import { derivedId } from '#libs/kernel/domain/ids';
import type { Recorded } from '#libs/kernel/domain/message';
import type { ProcessManager, Reaction, TimerChange } from '#libs/processing/application/process-manager';
import type { ReviewEvent } from '../domain/review.events.js';

const STARTS = ['StepStarted', 'SlaResumed'] as const;
const STOPS = [
  'SlaPaused',
  'SubjectRevised',
  'StepCompleted',
  'StepRejected',
  'ReviewApproved',
  'ReviewRejected',
  'ReviewWithdrawn',
  'ReviewExpired',
] as const;
type Deadline = Extract<ReviewEvent, { type: (typeof STARTS)[number] | (typeof STOPS)[number] }>;

/**
 * Keeps the deadlines of running steps: the breach of their budget and every rung of their ladder. A timer that comes
 * too late does no harm, the review knows its generation; so nothing is remembered here.
 */
export const reviewDeadlines: ProcessManager<Deadline, Record<string, never>> = {
  name: 'review_deadlines',
  version: 1,
  types: [...STARTS, ...STOPS],
  key: ({ streamId }) => streamId,
  initialState: {},
  react(event, state): Reaction<Record<string, never>> {
    switch (event.type) {
      case 'StepStarted':
      case 'SlaResumed':
        return { state, timers: timersOf(event) };
      default:
        return { state, timers: [{ clearAll: { streamId: event.streamId } }] };
    }
  },
};

/** Where the timers of this room go. */
export const FIRE_TIMER = 'reviews.fire-timer';

function timersOf({
  data,
  streamId,
  workspaceId,
}: Recorded<Extract<Deadline, { type: 'StepStarted' | 'SlaResumed' }>>): readonly TimerChange[] {
  const { executionId, clock, rungs } = data;
  const { generation, dueAt } = clock;
  const reviewId = streamId.slice('review-'.length);
  const timer = (kind: 'rung' | 'breach', due: string, rungId?: string): TimerChange => ({
    set: {
      timerId: derivedId(streamId, executionId, kind, rungId ?? '', generation),
      workspaceId,
      streamId,
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
