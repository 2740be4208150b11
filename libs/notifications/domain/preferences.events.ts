import { Type, type Static, type TSchema } from 'typebox';
import { defineEvent, type EventsOf } from '#libs/kernel/domain/define-event';
import { personal } from '#libs/kernel/domain/personal';

/* What a person wants to be told, and how (`preferences-{userId}`); sealed under the person's own key. */

const Id = Type.String();
const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
const Strict = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const TimeOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' });

/** What there is to tell. */
export const noticeKinds = ['assignment', 'reminder', 'escalation', 'changes', 'outcome'] as const;
export type NoticeKind = (typeof noticeKinds)[number];
const Kinds = Type.Array(Type.Unsafe<NoticeKind>(Type.Union(noticeKinds.map((kind) => Type.Literal(kind)))));

/** How often what can wait is sent together. */
export const digestIntervals = ['never', 'hour', 'day'] as const;

const DigestSchema = Strict({
  every: Type.Unsafe<(typeof digestIntervals)[number]>(Type.Union(digestIntervals.map((each) => Type.Literal(each)))),
  /** Time of day of a daily one. */
  at: TimeOfDay,
});
export type Digest = Static<typeof DigestSchema>;

const QuietSchema = Strict({ from: TimeOfDay, to: TimeOfDay });
export type QuietHours = Static<typeof QuietSchema>;

export const NotificationPreferencesSet = defineEvent('NotificationPreferencesSet', {
  schema: Strict({
    userId: Id,
    /** What is told by mail, and by chat. */
    mail: Kinds,
    chat: Kinds,
    email: Nullable(personal(Type.String())),
    /** Names the sealed address of a chat's incoming webhook. */
    chatAddressId: Nullable(Id),
    digest: DigestSchema,
    quietHours: Nullable(QuietSchema),
    timezone: Type.String(),
    at: Type.String(),
  }),
  sample: {
    userId: 'usr_ann',
    mail: ['assignment', 'reminder', 'escalation', 'changes', 'outcome'],
    chat: ['escalation'],
    email: 'ann@example.com',
    chatAddressId: null,
    digest: { every: 'day', at: '08:00' },
    quietHours: { from: '20:00', to: '07:00' },
    timezone: 'Europe/Rome',
    at: '2026-11-22T09:00:00.000Z',
  },
});

export const preferencesEvents = [NotificationPreferencesSet] as const;
export type PreferencesEvent = EventsOf<typeof preferencesEvents>;
