import { Temporal } from 'temporal-polyfill';
import { WEEKDAYS, type CalendarRules, type Holiday, type Hours } from './calendar.js';

/** The open stretches of one local day, in milliseconds since 1970, in order; never empty. */
export type OpenDay = readonly Readonly<{ from: number; to: number }>[];

const MINUTE = 60_000;
const WHOLE_DAY = 86_400_000;
/** A shifted holiday finds another day within a fortnight, or none. */
const FURTHEST = 14;

/* Days are counted from the first of January 1970, as dates without a zone. */

const dayOf = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / WHOLE_DAY;

/** The days of a local year on which anything is open. */
export function openDays(rules: CalendarRules, year: number): readonly OpenDay[] {
  const special = specialDays(rules, year);
  const local = localTime(rules.timezone, year);
  const open: OpenDay[] = [];
  for (let day = dayOf(year, 1, 1); day < dayOf(year + 1, 1, 1); day++) {
    const hours = special.get(day) ?? weekly(rules, day);
    // An hour that a change of clocks leaves out is not open.
    const stretches = hours
      .map(({ from, to }) => ({ from: local(day, from), to: local(day, to) }))
      .filter(({ from, to }) => from < to);
    if (stretches.length > 0) open.push(stretches);
  }
  return open;
}

/** 1970 began with a Thursday. */
const weekly = ({ week }: CalendarRules, day: number): readonly Hours[] => week[WEEKDAYS[(((day + 3) % 7) + 7) % 7]!];

/** Hours of the days on which the week does not hold: holidays, and single days above them. */
function specialDays(rules: CalendarRules, year: number): ReadonlyMap<number, readonly Hours[]> {
  const days = new Map<number, readonly Hours[]>();
  const put = (day: number, hours: readonly Hours[]) => {
    // Of two holidays on one day the one that closes holds.
    if (!days.has(day) || hours.length === 0) days.set(day, hours);
  };
  // Shifted ones come over the turn of the year, from both sides.
  const given = [year - 1, year, year + 1].flatMap((each) => rules.holidays.flatMap((it) => occurrence(it, each)));
  const stays = ({ holiday, day }: Occurrence) => holiday.observed === 'actual' || weekly(rules, day).length > 0;
  for (const it of given) if (stays(it)) put(it.day, it.holiday.hours);
  for (const it of given.filter((one) => !stays(one)).toSorted((a, b) => a.day - b.day)) {
    const day = substitute(rules, it, days);
    if (day !== undefined) put(day, it.holiday.hours);
  }
  for (const { date, hours } of rules.days) days.set(Date.parse(`${date}T00:00:00Z`) / WHOLE_DAY, hours);
  return days;
}

interface Occurrence {
  readonly holiday: Holiday;
  readonly day: number;
}

function occurrence(holiday: Holiday, year: number): Occurrence[] {
  if (holiday.easter !== undefined) return [{ holiday, day: easterSunday(year) + holiday.easter }];
  const [month = 1, date = 1] = (holiday.date ?? '').split('-').map(Number);
  const day = dayOf(year, month, date);
  // The 29th of February of other years would be the first of March.
  return new Date(day * WHOLE_DAY).getUTCDate() === date ? [{ holiday, day }] : [];
}

/** The day that is off instead of one without hours. */
function substitute(
  rules: CalendarRules,
  { holiday, day }: Occurrence,
  taken: ReadonlyMap<number, unknown>,
): number | undefined {
  const directions = holiday.observed === 'nearest' ? [-1, 1] : [1];
  for (let distance = 1; distance <= FURTHEST; distance++)
    for (const direction of directions) {
      const other = day + direction * distance;
      if (weekly(rules, other).length > 0 && !taken.has(other)) return other;
    }
  return undefined;
}

/** Easter Sunday of the Gregorian calendar, by the computation of Meeus, Jones and Butcher. */
export function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const ofCentury = year % 100;
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7;
  const month = Math.floor((golden + 11 * epact + 22 * weekday) / 451);
  const days = epact + weekday - 7 * month + 114;
  return dayOf(year, Math.floor(days / 31), (days % 31) + 1);
}

/** `24:00` is 1440. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** When the first of January of a local year begins. */
export const beginOf = (timezone: string, year: number): number =>
  localTime(timezone, year)(dayOf(year, 1, 1), '00:00');

/** From a day and `HH:MM` of a zone to the instant, for days of one year. */
function localTime(timezone: string, year: number): (day: number, time: string) => number {
  const changes = changesOf(timezone, year);
  return (day, time) => {
    const local = day * WHOLE_DAY + minutesOf(time) * MINUTE;
    const before = changes.findLast(({ at }) => at < local - 2 * WHOLE_DAY) ?? changes[0]!;
    const isPlain = !changes.some(({ at }) => Math.abs(at - local) <= 2 * WHOLE_DAY);
    return isPlain ? local - before.offset : instantOf(timezone, local);
  };
}

/** How far the zone is from UTC before the year, and after each change of its clocks until the year is over. */
function changesOf(timezone: string, year: number): readonly Readonly<{ at: number; offset: number }>[] {
  const offsetOf = (zoned: Temporal.ZonedDateTime) => zoned.offsetNanoseconds / 1_000_000;
  const until = Date.UTC(year + 1, 0, 4);
  let zoned = Temporal.Instant.fromEpochMilliseconds(Date.UTC(year - 1, 11, 25)).toZonedDateTimeISO(timezone);
  const changes = [{ at: -Infinity, offset: offsetOf(zoned) }];
  for (;;) {
    const next = zoned.getTimeZoneTransition('next');
    if (!next || next.epochMilliseconds > until) return changes;
    changes.push({ at: next.epochMilliseconds, offset: offsetOf(next) });
    zoned = next;
  }
}

/** The first instant at which clocks show a local time; for one they leave out, the instant of the change. */
function instantOf(timezone: string, local: number): number {
  const shown = Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDateTime();
  const first = shown.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  if (first.toPlainDateTime().equals(shown)) return first.epochMilliseconds;
  return first.getTimeZoneTransition('next')?.epochMilliseconds ?? first.epochMilliseconds;
}
