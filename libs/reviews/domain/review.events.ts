import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';
import { deadlineEvents } from './events/deadlines.events.js';
import { decisionEvents } from './events/decisions.events.js';
import { lifeEvents } from './events/life.events.js';
import { seatEvents } from './events/seats.events.js';
import { Id, Instant, Strict, day } from './events/shapes.js';
import { stepEvents } from './events/steps.events.js';

export { DecisionRecorded } from './events/decisions.events.js';
export { ReviewStarted } from './events/life.events.js';
export { TIMER, type AssignmentFacts, type Clock, type Proof, type SubjectRevision } from './events/shapes.js';

/** What a review's stream may hold. Shapes are the storage format: add optional fields, or a version and an upcaster. */
export const reviewEvents = [
  ...lifeEvents,
  ...stepEvents,
  ...decisionEvents,
  ...seatEvents,
  ...deadlineEvents,
] as const;
export type ReviewEvent = EventsOf<typeof reviewEvents>;

/** Talk about a review, in `comments-{reviewId}`, so that it never slows a decision. */
export const CommentAdded = defineEvent('CommentAdded', {
  schema: Strict({
    commentId: Id,
    reviewId: Id,
    /** Whose key seals the text: that of the subject under review. */
    subjectRef: Id,
    authorId: Id,
    text: personal(Type.String()),
    at: Instant,
  }),
  sample: {
    commentId: 'com_1',
    reviewId: 'rev_1',
    subjectRef: '6e0c1f0a-3b5e-5d51-8a43-0b8f6a2f3f10',
    authorId: 'usr_ann',
    text: 'Called the client',
    at: day('10:30'),
  },
});

export const commentEvents = [CommentAdded] as const;
export type CommentEvent = EventsOf<typeof commentEvents>;
