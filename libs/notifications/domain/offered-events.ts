import { closest } from '#libs/kernel/domain/closest';
import { NotificationInvalid } from './notification.errors.js';

/** What a webhook may ask for: everything that happens to a review, by the names under which it is recorded. */
export const offeredEvents = [
  'ReviewStarted',
  'StepStarted',
  'StepSkipped',
  'StepBlocked',
  'StepUnblocked',
  'DecisionRecorded',
  'DecisionChanged',
  'DecisionRescinded',
  'DecisionsInvalidated',
  'DecisionsRecounted',
  'StepCompleted',
  'StepRejected',
  'ReviewApproved',
  'ReviewRejected',
  'ChangesRequested',
  'ChangeItemsCleared',
  'InfoRequested',
  'InfoProvided',
  'SubjectRevised',
  'AssignmentAdded',
  'AssignmentTransferred',
  'AssignmentVoided',
  'AssignmentClaimed',
  'AssignmentReleased',
  'RungFired',
  'RungSkipped',
  'SlaPaused',
  'SlaResumed',
  'SlaBreached',
  'SlaReprojected',
  'ReviewHeld',
  'ReviewResumed',
  'ReviewWithdrawn',
  'ReviewExpired',
  'ReviewCancelled',
  'ReviewReopened',
  'ReviewOverridden',
  'AutoRulesEvaluated',
] as const;

/** All that is offered, now and later. */
export const EVERY = '*';

/** Whether a filter lets an event through. */
export const wants = (events: readonly string[], type: string): boolean =>
  events.includes(EVERY) ? (offeredEvents as readonly string[]).includes(type) : events.includes(type);

/** The types a filter lets through. */
export const wanted = (events: readonly string[]): readonly string[] =>
  events.includes(EVERY) ? offeredEvents : events;

/** The filter without repetitions. @throws NotificationInvalid */
export function checkedEvents(events: readonly string[]): string[] {
  for (const [index, type] of events.entries()) {
    if (type === EVERY || (offeredEvents as readonly string[]).includes(type)) continue;
    const meant = closest(type, offeredEvents);
    const hint = meant === undefined ? `GET /api/v1/enums/webhook-event lists them.` : `Did you mean ${meant}?`;
    throw new NotificationInvalid(`/events/${index}`, 'unknown-value', `There is no such event to ask for. ${hint}`);
  }
  return [...new Set(events)];
}
