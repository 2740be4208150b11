import { Type } from 'typebox';
import { CalendarRulesSchema, defaultRules, type CalendarRules } from '#libs/kernel/domain/calendar';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';

/* What a calendar's stream may hold. Shapes are the storage format: add optional fields, or a version and an upcaster. */

const Id = Type.String();
const Instant = Type.String();
const Strict = <P extends Parameters<typeof Type.Object>[0]>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

const at = '2026-11-22T09:00:00.000Z';
const rules: CalendarRules = {
  ...defaultRules,
  timezone: 'Europe/Berlin',
  holidays: [
    { name: 'Christmas Day', date: '12-25', observed: 'next', hours: [] },
    { name: 'Good Friday', easter: -2, observed: 'actual', hours: [] },
  ],
  days: [{ date: '2026-12-31', name: 'Old year', hours: [{ from: '09:00', to: '12:00' }] }],
};

/** Version n of a calendar, the first one too; these bytes never change. Running clocks are moved to it. */
export const CalendarPublished = defineEvent('CalendarPublished', {
  schema: Strict({
    calendarId: Id,
    key: Type.String(),
    name: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    rules: Type.Unsafe<CalendarRules>(CalendarRulesSchema),
    /** SHA-256 over the canonical JSON of the rules. */
    contentHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    publishedBy: Id,
    at: Instant,
  }),
  sample: {
    calendarId: '0192c7a0-0000-5000-8000-000000000002',
    key: 'default',
    name: 'Office hours',
    version: 1,
    rules,
    contentHash: 'b'.repeat(64),
    publishedBy: 'usr_admin',
    at,
  },
});

/** A first version that lost its claim on the key (stores without multi-stream appends). */
export const CalendarAbandoned = defineEvent('CalendarAbandoned', {
  schema: Strict({ calendarId: Id, at: Instant }),
  sample: { calendarId: '0192c7a0-0000-5000-8000-000000000002', at },
});

export const calendarEvents = [CalendarPublished, CalendarAbandoned] as const;
export type CalendarEvent = EventsOf<typeof calendarEvents>;
