import { OBSERVED, WEEKDAYS, type CalendarRules, type Holiday, type Hours } from '#libs/kernel/domain/calendar';
import { minutesOf } from '#libs/kernel/domain/open-days';
import { Temporal } from 'temporal-polyfill';
import { Faults, Form } from '../definition/form.js';
import { KEY, KEY_HINT } from '../definition/key.js';
import { DefinitionInvalid } from '../workflow.errors.js';

const RULES = ['timezone', 'week', 'holidays', 'days'];
const MOST_INTERVALS = 24;
const MOST_HOLIDAYS = 100;
const MOST_DAYS = 1000;

/** What a request says of a calendar, in normal form; a next version may leave its name as it is. */
export type ReadCalendar = Readonly<{ key: string; name: string | undefined; rules: CalendarRules }>;

/** Throws `DefinitionInvalid` with every fault. `given`: the key of a calendar that exists, which is not written again. */
export function readCalendar(plain: unknown, given?: string): ReadCalendar {
  const faults = new Faults();
  const form = Form.over(plain, '', faults, given === undefined ? ['key', 'name', ...RULES] : ['name', ...RULES]);
  const read = form && readForm(form, given);
  if (!read || faults.list.length > 0) throw new DefinitionInvalid(faults.list);
  return read;
}

function readForm(form: Form, given: string | undefined): ReadCalendar {
  if (given === undefined) for (const name of ['key', 'name']) form.required(name);
  const week = readWeek(form);
  const rules = {
    timezone: readTimezone(form),
    week,
    holidays: readEach(form, 'holidays', MOST_HOLIDAYS, readHoliday),
    days: readDays(form),
  };
  return { key: given ?? form.shaped('key', KEY, KEY_HINT) ?? '', name: form.text('name', { max: 200 }), rules };
}

function readTimezone(form: Form): string {
  const timezone = form.text('timezone', { max: 60 }) ?? 'UTC';
  // A name, not an offset: offsets know no change of clocks.
  if (/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/u.test(timezone) && isKnown(timezone)) return timezone;
  form.fault('timezone', 'unknown-value', 'timezone is the IANA name of a zone, as Europe/Berlin.');
  return 'UTC';
}

function isKnown(timezone: string): boolean {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timezone).timeZoneId !== '';
  } catch {
    return false;
  }
}

/** A day of the week that is left out is closed. */
function readWeek(form: Form): CalendarRules['week'] {
  const week = { monday: [], tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
  if (!form.required('week', 'week says which hours are open: {"monday": [{"from": "09:00", "to": "17:00"}], …}.'))
    return week;
  const days = Form.over(form.raw('week'), form.at('week'), form.faults, WEEKDAYS);
  if (!days) return week;
  const read: CalendarRules['week'] = { ...week };
  for (const day of WEEKDAYS) read[day] = readHours(days, day);
  if (WEEKDAYS.every((day) => !days.has(day) || (days.list(day, { max: MOST_INTERVALS })?.length ?? 1) === 0))
    form.fault('week', 'unsatisfiable', 'A calendar that never opens keeps every clock standing: open it some day.');
  return read;
}

const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/u;

function readHours(form: Form, member: string): Hours[] {
  const hours = readEach(
    form,
    member,
    MOST_INTERVALS,
    (interval) => {
      for (const end of ['from', 'to']) interval.required(end);
      const from = interval.shaped('from', TIME, 'a time of day, as 09:00.');
      const to = interval.shaped('to', TIME, 'a time of day, as 17:00; 24:00 is the end of the day.');
      if (from === undefined || to === undefined) return undefined;
      if (minutesOf(from) >= minutesOf(to))
        return interval.fault(
          'to',
          'contradiction',
          `${to} is not after ${from}; hours over midnight are written as two.`,
        );
      return { from, to };
    },
    ['from', 'to'],
  );
  for (const [i, { from }] of hours.entries()) {
    const before = hours[i - 1];
    if (before && minutesOf(from) < minutesOf(before.to))
      form.faults.add(
        `${form.at(member)}/${i}/from`,
        'contradiction',
        'Hours are written in order and do not overlap.',
      );
  }
  // What follows without a gap is one.
  return hours.reduce<Hours[]>((joined, next) => {
    const last = joined.at(-1);
    return last?.to === next.from ? [...joined.slice(0, -1), { from: last.from, to: next.to }] : [...joined, next];
  }, []);
}

function readHoliday(form: Form): Holiday | undefined {
  const date = form.shaped('date', /^\d{2}-\d{2}$/u, 'a day of every year, as 12-25.');
  const easter = form.integer('easter', { min: -100, max: 300 });
  const hours = readHours(form, 'hours');
  const observed = form.oneOf('observed', OBSERVED) ?? 'actual';
  const name = form.text('name', { max: 100 });
  if (form.has('date') === form.has('easter'))
    return form.fault(
      'date',
      form.has('date') ? 'contradiction' : 'required',
      'A holiday has either a date (12-25) or its days from Easter (1).',
    );
  // Of a leap year, so that the 29th of February is one.
  if (date !== undefined && !isDay(`2028-${date}`)) return form.fault('date', 'bad-format', `There is no day ${date}.`);
  if (easter !== undefined)
    return { name: name ?? `Easter ${easter < 0 ? easter : `+${easter}`}`, easter, observed, hours };
  return date === undefined ? undefined : { name: name ?? date, date, observed, hours };
}

function readDays(form: Form): CalendarRules['days'] {
  const days = readEach(
    form,
    'days',
    MOST_DAYS,
    (day) => {
      day.required('date');
      const date = day.shaped('date', /^(?:19|2\d)\d{2}-\d{2}-\d{2}$/u, 'one day, as 2026-12-24.');
      const name = day.text('name', { max: 100 });
      const hours = readHours(day, 'hours');
      if (date === undefined) return undefined;
      if (!isDay(date)) return day.fault('date', 'bad-format', `There is no day ${date}.`);
      return { date, name: name ?? date, hours };
    },
    ['date', 'name', 'hours'],
  );
  const seen = new Set<string>();
  for (const [i, { date }] of days.entries()) {
    if (seen.has(date)) form.faults.add(`${form.at('days')}/${i}/date`, 'duplicate', `${date} stands here twice.`);
    seen.add(date);
  }
  return days;
}

/** The objects of a list; those with faults are left out, because nothing is stored then. */
function readEach<T>(
  form: Form,
  member: string,
  max: number,
  read: (entry: Form) => T | undefined,
  known: readonly string[] = ['name', 'date', 'easter', 'observed', 'hours'],
): T[] {
  const list = form.list(member, { max }) ?? [];
  return list.flatMap((value, i) => {
    const entry = Form.over(value, `${form.at(member)}/${i}`, form.faults, known);
    const result = entry && read(entry);
    return result === undefined ? [] : [result];
  });
}

const isDay = (date: string): boolean =>
  !Number.isNaN(Date.parse(`${date}T00:00:00Z`)) && new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
