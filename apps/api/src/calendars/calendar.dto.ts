import { PageAnswer, ReceiptAnswer } from '../http/answers.dto.js';
import { FreeForm } from '../http/validation.js';

/** Local times; several stretches a day are several entries. */
export class HoursBody {
  /** @example 09:00 */
  from!: string;
  /**
   * Closed from here on; 24:00 is the end of the day.
   * @example 17:00
   */
  to!: string;
}

/** A day that is left out is closed. */
export class WeekBody {
  monday?: HoursBody[];
  tuesday?: HoursBody[];
  wednesday?: HoursBody[];
  thursday?: HoursBody[];
  friday?: HoursBody[];
  saturday?: HoursBody[];
  sunday?: HoursBody[];
}

/** Every year: on a fixed day (`date`) or counted from Easter Sunday (`easter`), one of the two. */
export class HolidayBody {
  /** @example Christmas Day */
  name?: string;
  /**
   * `MM-DD`
   * @example 12-25
   */
  date?: string;
  /** Days after Easter Sunday, negative before it. */
  easter?: number;
  /** When it falls on a day without hours: `actual` (nothing), `next` or `nearest` day with hours is off instead. */
  observed?: string;
  /** What is open all the same, as on a half day. */
  hours?: HoursBody[];
}

/** One single day; its hours stand above week and holidays. */
export class SpecialDayBody {
  /** @example 2026-12-31 */
  date!: string;
  name?: string;
  hours?: HoursBody[];
}

/** The next version of a calendar; all its faults are answered at once (`definition-invalid`). */
@FreeForm()
export class CalendarVersionBody {
  name?: string;
  /**
   * IANA name; UTC unless told.
   * @example Europe/Berlin
   */
  timezone?: string;
  week!: WeekBody;
  holidays?: HolidayBody[];
  days?: SpecialDayBody[];
}

/** A calendar; `default` is the key of the one that applies where a workflow names none. */
@FreeForm()
export class CalendarBody extends CalendarVersionBody {
  /** @example default */
  key!: string;
  /** @example Office hours */
  declare name: string;
}

export class CalendarStateAnswer {
  /** published */
  status!: string;
  version!: number | null;
}

export class CalendarReceiptAnswer extends ReceiptAnswer {
  state!: CalendarStateAnswer;
  calendarId!: string;
  version!: number | null;
}

export class CalendarLineAnswer {
  id!: string;
  /** @example default */
  key!: string;
  name!: string;
  version!: number;
  timezone!: string;
  publishedAt!: string;
}

export class CalendarsAnswer {
  data!: CalendarLineAnswer[];
  page!: PageAnswer;
}

export class CalendarVersionLineAnswer {
  /** 0 for the one that exists when none is published. */
  version!: number;
  name!: string;
  contentHash!: string;
  publishedBy!: string | null;
  publishedAt!: string | null;
}

export class CalendarVersionsAnswer {
  data!: CalendarVersionLineAnswer[];
}

export class CalendarAnswer extends CalendarVersionLineAnswer {
  id!: string;
  key!: string;
  timezone!: string;
  week!: WeekBody;
  holidays!: HolidayBody[];
  days!: SpecialDayBody[];
}
