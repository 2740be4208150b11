import { Type, type Static } from 'typebox';
import { byContent } from './by-content.js';

/*
 * A business calendar as it is stored and frozen into reviews: the normal form. Which hours are open is computed from it
 * (`business-time.ts`); it is never changed, only followed by its next version.
 */

const closed = { additionalProperties: false };

/** Local wall-clock times `HH:MM`; `to` may be `24:00`. Half-open: closed at `to`. */
export const HoursSchema = Type.Object({ from: Type.String(), to: Type.String() }, closed);
export type Hours = Static<typeof HoursSchema>;

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/**
 * What becomes of a holiday on a day that has no hours anyway. `actual`: nothing. `next`: the next day with hours that is
 * no holiday itself is off instead. `nearest`: the nearest such day, the earlier of two (Saturday → Friday).
 */
export const OBSERVED = ['actual', 'next', 'nearest'] as const;
export type Observed = (typeof OBSERVED)[number];

export const HolidaySchema = Type.Object(
  {
    name: Type.String(),
    /** Every year on this day: `MM-DD`; `02-29` only in leap years. */
    date: Type.Optional(Type.String()),
    /** Days after (or, negative, before) Easter Sunday. */
    easter: Type.Optional(Type.Integer()),
    observed: Type.Unsafe<Observed>(Type.Union(OBSERVED.map((word) => Type.Literal(word)))),
    /** What is open all the same: none, or those of a half day. */
    hours: Type.Array(HoursSchema),
  },
  closed,
);
export type Holiday = Static<typeof HolidaySchema>;

export const CalendarRulesSchema = Type.Object(
  {
    /** IANA name. */
    timezone: Type.String(),
    week: Type.Object(
      {
        monday: Type.Array(HoursSchema),
        tuesday: Type.Array(HoursSchema),
        wednesday: Type.Array(HoursSchema),
        thursday: Type.Array(HoursSchema),
        friday: Type.Array(HoursSchema),
        saturday: Type.Array(HoursSchema),
        sunday: Type.Array(HoursSchema),
      },
      closed,
    ),
    holidays: Type.Array(HolidaySchema),
    /** Single days, `YYYY-MM-DD`: their hours stand above everything else; none = closed. */
    days: Type.Array(Type.Object({ date: Type.String(), name: Type.String(), hours: Type.Array(HoursSchema) }, closed)),
  },
  closed,
);
export type CalendarRules = Static<typeof CalendarRulesSchema>;

/** A published version as a review pins it. */
export const PinnedCalendarSchema = byContent(
  Type.Object(
    {
      /** `default` for the one that exists when none is published. */
      calendarId: Type.String(),
      key: Type.String(),
      /** 0 for the one that exists when none is published. */
      version: Type.Integer({ minimum: 0 }),
      contentHash: Type.String(),
      rules: CalendarRulesSchema,
    },
    closed,
  ),
);
export type PinnedCalendar = Static<typeof PinnedCalendarSchema>;

/** How a version is named where only its name is kept: `loans@3`. */
export const refOf = ({ key, version }: Pick<PinnedCalendar, 'key' | 'version'>): string => `${key}@${version}`;

/** The key of the calendar that applies where none is named. */
export const DEFAULT_CALENDAR = 'default';

const officeHours = [{ from: '09:00', to: '17:00' }];

/** Monday to Friday, nine to five, UTC: what applies until a workspace publishes its own `default`. */
export const defaultRules: CalendarRules = {
  timezone: 'UTC',
  week: {
    monday: officeHours,
    tuesday: officeHours,
    wednesday: officeHours,
    thursday: officeHours,
    friday: officeHours,
    saturday: [],
    sunday: [],
  },
  holidays: [],
  days: [],
};

export const defaultCalendar: PinnedCalendar = {
  calendarId: DEFAULT_CALENDAR,
  key: DEFAULT_CALENDAR,
  version: 0,
  contentHash: '',
  rules: defaultRules,
};
