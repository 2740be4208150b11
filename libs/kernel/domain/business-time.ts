import type { CalendarRules } from './calendar.js';
import { beginOf, openDays, type OpenDay } from './open-days.js';

/*
 * Arithmetic of open hours. Two measures: `hours` counts open milliseconds; `days` counts working days, each of them the
 * same length whatever its hours, in milliseconds of a day of 24 hours. A half day is a whole working day of few hours.
 */

export type Measure = 'hours' | 'days';

/** One working day in the measure `days`. */
export const DAY = 86_400_000;

/** Further than this nothing is looked for: a deadline that lies behind it never comes. */
const HORIZON_YEARS = 100;

/** The open hours of one calendar. Instants are milliseconds since 1970. */
export interface BusinessTime {
  /** How much is open from one instant to another; negative when the other is earlier. Exactly additive. */
  between(from: number, to: number, measure: Measure): number;
  /**
   * The first instant by which `amount` more was open (the last one before which `-amount` was, when negative);
   * `from` itself for nothing. Null when it lies behind the horizon.
   */
  after(from: number, amount: number, measure: Measure): number | null;
  isOpen(at: number): boolean;
}

/** An open stretch within a year, and how much was open in that year before it. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly hours: number;
  /** Working days of the year before this one's. */
  readonly days: number;
  /** Open milliseconds of this day before the stretch, and in all. */
  readonly ofDay: number;
  readonly day: number;
}

interface Year {
  /** Local midnights of the first of January, of this year and the next. */
  readonly begin: number;
  readonly end: number;
  readonly stretches: readonly Stretch[];
  readonly total: Readonly<Record<Measure, number>>;
}

class Calendar implements BusinessTime {
  private readonly years = new Map<number, Year>();

  constructor(private readonly rules: CalendarRules) {}

  between(from: number, to: number, measure: Measure): number {
    if (to < from) return -this.between(to, from, measure) || 0;
    const last = this.yearOf(to);
    let year = this.yearOf(from);
    let sum = -place(this.year(year), from, measure);
    for (; year < last; year++) sum += this.year(year).total[measure];
    return sum + place(this.year(last), to, measure) || 0;
  }

  after(from: number, amount: number, measure: Measure): number | null {
    if (amount === 0) return from;
    const first = this.yearOf(from);
    const onwards = Math.sign(amount);
    /** How far into the year it lies, counted from the year's beginning. */
    let wanted = place(this.year(first), from, measure) + amount;
    for (let year = first; Math.abs(year - first) <= HORIZON_YEARS; year += onwards) {
      const { total } = this.year(year);
      if (onwards > 0 && wanted <= total[measure]) return firstAt(this.year(year), wanted, measure);
      if (onwards < 0 && wanted >= 0 && total[measure] > wanted) return lastAt(this.year(year), wanted, measure);
      wanted += onwards > 0 ? -total[measure] : this.year(year - 1).total[measure];
    }
    return null;
  }

  isOpen(at: number): boolean {
    const { stretches } = this.year(this.yearOf(at));
    const before = stretches[lastBegun(stretches, at)];
    return before !== undefined && at < before.to;
  }

  private yearOf(at: number): number {
    const guess = new Date(at).getUTCFullYear();
    const { begin, end } = this.year(guess);
    return at < begin ? guess - 1 : at >= end ? guess + 1 : guess;
  }

  private year(year: number): Year {
    const known = this.years.get(year);
    if (known) return known;
    const { timezone } = this.rules;
    const made = compiled(openDays(this.rules, year), beginOf(timezone, year), beginOf(timezone, year + 1));
    this.years.set(year, made);
    return made;
  }
}

function compiled(days: readonly OpenDay[], begin: number, end: number): Year {
  const stretches: Stretch[] = [];
  let hours = 0;
  let worked = 0;
  for (const open of days) {
    const day = open.reduce((sum, { from, to }) => sum + to - from, 0);
    let ofDay = 0;
    for (const { from, to } of open) {
      stretches.push({ from, to, hours, days: worked, ofDay, day });
      hours += to - from;
      ofDay += to - from;
    }
    worked += 1;
  }
  return { begin, end, stretches, total: { hours, days: worked * DAY } };
}

/** How much of the year was open before an instant of it. */
function place({ stretches, total }: Year, at: number, measure: Measure): number {
  const index = lastBegun(stretches, at);
  const stretch = stretches[index];
  if (!stretch) return 0;
  const next = stretches[index + 1];
  if (at >= stretch.to) return next ? startOf(next, measure) : total[measure];
  return measure === 'hours' ? stretch.hours + at - stretch.from : daysAt(stretch, at);
}

const startOf = (stretch: Stretch, measure: Measure) =>
  measure === 'hours' ? stretch.hours : daysAt(stretch, stretch.from);

/** Rounded down; exact, because the products stay below 2^53. */
const daysAt = ({ days, ofDay, day, from }: Stretch, at: number) =>
  days * DAY + quotient((ofDay + at - from) * DAY, day);

const quotient = (a: number, b: number) => (a - (a % b)) / b;

/** The first instant of the year at which so much was open. */
function firstAt({ stretches, begin }: Year, wanted: number, measure: Measure): number {
  if (wanted <= 0) return begin;
  const index = last(stretches, (it) => startOf(it, measure) < wanted);
  return within(stretches[index], wanted, measure, begin);
}

/** The last instant of the year before which no more than this was open. */
function lastAt({ stretches, begin }: Year, wanted: number, measure: Measure): number {
  const index = last(stretches, (it) => startOf(it, measure) <= wanted);
  return within(stretches[index], wanted, measure, begin);
}

function within(stretch: Stretch | undefined, wanted: number, measure: Measure, otherwise: number): number {
  if (!stretch) return otherwise;
  const { from, to, hours, days, ofDay, day } = stretch;
  if (measure === 'hours') return Math.min(to, from + wanted - hours);
  const ofThisDay = (wanted - days * DAY) * day;
  return Math.min(to, from + quotient(ofThisDay + DAY - 1, DAY) - ofDay);
}

const lastBegun = (stretches: readonly Stretch[], at: number) => last(stretches, ({ from }) => from <= at);

/** Index of the last stretch for which something holds that holds for none after the first for which it does not. */
function last(stretches: readonly Stretch[], holds: (stretch: Stretch) => boolean): number {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(stretches[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

const MOST_CALENDARS = 200;
const byObject = new WeakMap<CalendarRules, BusinessTime>();
const byText = new Map<string, BusinessTime>();

/** The arithmetic of a calendar. What was computed is kept: thousands of clocks under one calendar share it. */
export function businessTime(rules: CalendarRules): BusinessTime {
  const same = byObject.get(rules);
  if (same) return same;
  const text = JSON.stringify(rules);
  const equal = byText.get(text) ?? new Calendar(rules);
  byObject.set(rules, equal);
  byText.delete(text);
  byText.set(text, equal);
  const [oldest] = byText.keys();
  if (byText.size > MOST_CALENDARS && oldest !== undefined) byText.delete(oldest);
  return equal;
}
