import { Type } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';
import { Id, Instant, Strict, day } from './shapes.js';

/** How somebody likes to look at the own inbox (`inboxviews-{userId}`); names are sealed under the person's own key. */
export const InboxViewsSet = defineEvent('InboxViewsSet', {
  schema: Strict({
    userId: Id,
    views: Type.Array(
      Strict({
        key: Type.String(),
        name: personal(Type.String()),
        workflows: Type.Optional(Type.Array(Type.String())),
        subjectTypes: Type.Optional(Type.Array(Type.String())),
        /** 0 = overdue. */
        dueWithinHours: Type.Optional(Type.Integer()),
      }),
    ),
    at: Instant,
  }),
  sample: {
    userId: 'usr_ann',
    views: [
      { key: 'urgent-loans', name: 'Loans of today', workflows: ['loan'], subjectTypes: ['loan'], dueWithinHours: 8 },
    ],
    at: day('09:00'),
  },
});

export const inboxViewEvents = [InboxViewsSet] as const;
export type InboxViewEvent = EventsOf<typeof inboxViewEvents>;
