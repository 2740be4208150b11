import fc from 'fast-check';
import { businessTime, DAY, type Measure } from './business-time.js';
import { defaultRules, type CalendarRules, type Hours } from './calendar.js';
import { easterSunday } from './open-days.js';

const HOUR = 3_600_000;
const day: Hours[] = [{ from: '09:00', to: '17:00' }];
const split: Hours[] = [
  { from: '08:00', to: '12:00' },
  { from: '13:30', to: '17:30' },
];
const always: Hours[] = [{ from: '00:00', to: '24:00' }];
const everyDay = (hours: Hours[]): CalendarRules['week'] => ({
  monday: hours,
  tuesday: hours,
  wednesday: hours,
  thursday: hours,
  friday: hours,
  saturday: hours,
  sunday: hours,
});
const rules = (more: Partial<CalendarRules> = {}): CalendarRules => ({ ...defaultRules, ...more });
const holiday = (how: Partial<CalendarRules['holidays'][number]>): CalendarRules['holidays'][number] => ({
  name: 'A holiday',
  observed: 'actual',
  hours: [],
  ...how,
});

const after = (calendar: CalendarRules, from: string, amount: number, measure: Measure = 'hours') => {
  const instant = businessTime(calendar).after(Date.parse(from), amount, measure);
  return instant === null ? null : new Date(instant).toISOString().replace(':00.000Z', 'Z');
};
const between = (calendar: CalendarRules, from: string, to: string, measure: Measure = 'hours') =>
  businessTime(calendar).between(Date.parse(from), Date.parse(to), measure);
const openOn = (calendar: CalendarRules, date: string) =>
  between(calendar, `${date}T00:00:00Z`, `${date}T23:59:59.999Z`) / HOUR;

describe('Business hours', () => {
  it.each([
    ['within a day', '2026-11-23T09:30:00Z', 2, '2026-11-23T11:30Z'],
    ['up to the end of a day, not into the next', '2026-11-23T09:00:00Z', 8, '2026-11-23T17:00Z'],
    ['over a night', '2026-11-23T16:00:00Z', 2, '2026-11-24T10:00Z'],
    ['over a weekend', '2026-11-20T16:00:00Z', 2, '2026-11-23T10:00Z'],
    ['from a Sunday', '2026-11-22T12:00:00Z', 1, '2026-11-23T10:00Z'],
    ['over the turn of the year', '2026-12-31T16:00:00Z', 10, '2027-01-04T10:00Z'],
    ['over a leap day, which is a Tuesday', '2028-02-28T16:00:00Z', 9, '2028-02-29T17:00Z'],
    ['nothing', '2026-11-22T12:00:00Z', 0, '2026-11-22T12:00Z'],
    ['backwards', '2026-11-24T10:00:00Z', -2, '2026-11-23T16:00Z'],
    ['backwards over the turn of the year', '2027-01-04T10:00:00Z', -10, '2026-12-31T16:00Z'],
    ['a year of them', '2026-01-01T09:00:00Z', 261 * 8, '2026-12-31T17:00Z'],
  ])('%s', (_, from, hours, due) => {
    expect(after(defaultRules, from, hours * HOUR)).toBe(due);
  });

  it('go on after a break at noon', () => {
    const calendar = rules({ week: everyDay(split) });
    expect(after(calendar, '2026-11-23T11:00:00Z', 2 * HOUR)).toBe('2026-11-23T14:30Z');
    expect(between(calendar, '2026-11-23T12:30:00Z', '2026-11-23T13:00:00Z')).toBe(0);
    expect(openOn(calendar, '2026-11-23')).toBe(8);
  });

  it('know whether it is open', () => {
    const time = businessTime(defaultRules);
    expect(time.isOpen(Date.parse('2026-11-23T09:00:00Z'))).toBe(true);
    expect(time.isOpen(Date.parse('2026-11-23T17:00:00Z'))).toBe(false);
    expect(time.isOpen(Date.parse('2026-01-01T00:00:00Z'))).toBe(false);
  });

  it('end at the horizon: what comes after a hundred years never comes', () => {
    expect(after(defaultRules, '2026-11-23T09:00:00Z', 101 * 262 * 8 * HOUR)).toBeNull();
    expect(after(rules({ week: everyDay([]) }), '2026-11-23T09:00:00Z', 1)).toBeNull();
    expect(after(rules({ week: everyDay([]) }), '2026-11-23T09:00:00Z', -1)).toBeNull();
  });
});

describe('Business days', () => {
  it.each([
    ['the same time tomorrow', '2026-11-23T13:00:00Z', 1, '2026-11-24T13:00Z'],
    ['to the end of the day from before its beginning', '2026-11-23T07:00:00Z', 1, '2026-11-23T17:00Z'],
    ['over a weekend', '2026-11-19T13:00:00Z', 2, '2026-11-23T13:00Z'],
    ['backwards', '2026-11-24T13:00:00Z', -1, '2026-11-23T13:00Z'],
  ])('%s', (_, from, days, due) => {
    expect(after(defaultRules, from, days * DAY, 'days')).toBe(due);
  });

  it('count a half day as a day: half of its hours are half of it', () => {
    const calendar = rules({
      days: [{ date: '2026-12-31', name: 'Old year', hours: [{ from: '09:00', to: '13:00' }] }],
    });
    expect(after(calendar, '2026-12-30T13:00:00Z', DAY, 'days')).toBe('2026-12-31T11:00Z');
    expect(between(calendar, '2026-12-31T00:00:00Z', '2027-01-01T00:00:00Z', 'days')).toBe(DAY);
  });

  it('count through a year', () => {
    expect(between(defaultRules, '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z', 'days') / DAY).toBe(261);
    expect(between(defaultRules, '2026-12-01T00:00:00Z', '2029-02-01T00:00:00Z', 'days') / DAY).toBe(567);
  });
});

describe('Clocks that change', () => {
  const berlin = rules({ timezone: 'Europe/Berlin' });

  it('office hours keep their local time', () => {
    expect(after(berlin, '2027-03-26T15:00:00Z', 2 * HOUR)).toBe('2027-03-29T08:00Z');
    expect(after(berlin, '2026-10-23T14:00:00Z', 2 * HOUR)).toBe('2026-10-26T09:00Z');
  });

  it('a day and night that loses an hour has 23, one that gains one 25', () => {
    const calendar = rules({ timezone: 'Europe/Berlin', week: everyDay(always) });
    const of = (from: string, to: string) => between(calendar, from, to) / HOUR;
    expect(of('2027-03-27T23:00:00Z', '2027-03-28T22:00:00Z')).toBe(23);
    expect(of('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')).toBe(25);
    expect(between(calendar, '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'days')).toBe(DAY);
  });

  it('hours that the change leaves out are not open, those that come twice count twice', () => {
    const calendar = rules({
      timezone: 'Europe/Berlin',
      week: everyDay([
        { from: '02:15', to: '02:45' },
        { from: '02:50', to: '04:00' },
      ]),
    });
    expect(openOn(calendar, '2027-03-28')).toBe(1);
    const twice = rules({ timezone: 'Europe/Berlin', week: everyDay([{ from: '01:00', to: '04:00' }]) });
    expect(between(twice, '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z') / HOUR).toBe(4);
  });

  it('a holiday that begins an hour late, because midnight is leapt over, is over at its end', () => {
    const santiago = rules({
      timezone: 'America/Santiago',
      week: everyDay(always),
      holidays: [{ name: 'Leap', date: '09-06', observed: 'actual', hours: [] }],
    });
    expect(after(santiago, '2026-09-06T03:30:00Z', HOUR)).toBe('2026-09-07T03:30Z');
    expect(between(santiago, '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z')).toBe(0);
    const open = rules({ timezone: 'America/Santiago', week: everyDay(always) });
    expect(between(open, '2026-09-06T04:00:00Z', '2026-09-07T03:00:00Z', 'days')).toBe(DAY);
    expect(between(open, '2026-04-04T03:00:00Z', '2026-04-05T04:00:00Z', 'days')).toBe(DAY);
  });

  it('a day that a country left out is no day', () => {
    const apia = rules({ timezone: 'Pacific/Apia', week: everyDay(always) });
    expect(between(apia, '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z', 'days')).toBe(DAY);
  });

  it('the local year decides over the turn of the year', () => {
    const auckland = rules({ timezone: 'Pacific/Auckland', week: everyDay(always) });
    expect(after(auckland, '2026-12-31T10:00:00Z', 2 * HOUR)).toBe('2026-12-31T12:00Z');
    const honolulu = rules({ timezone: 'Pacific/Honolulu', week: everyDay(always) });
    expect(after(honolulu, '2027-01-01T09:00:00Z', 2 * HOUR)).toBe('2027-01-01T11:00Z');
  });
});

describe('Days off', () => {
  it('come every year on their day', () => {
    const calendar = rules({ holidays: [holiday({ date: '12-25' }), holiday({ date: '02-29' })] });
    expect(openOn(calendar, '2026-12-25')).toBe(0);
    expect(openOn(calendar, '2028-12-25')).toBe(0);
    expect(openOn(calendar, '2028-02-29')).toBe(0);
    expect(openOn(calendar, '2027-03-01')).toBe(8);
  });

  it.each([
    [2024, '2024-03-31'],
    [2025, '2025-04-20'],
    [2026, '2026-04-05'],
    [2027, '2027-03-28'],
    [2038, '2038-04-25'],
    [2285, '2285-03-22'],
  ])('follow Easter of %s', (year, sunday) => {
    expect(new Date(easterSunday(year) * DAY).toISOString().slice(0, 10)).toBe(sunday);
  });

  it('stand before and after Easter', () => {
    const calendar = rules({ holidays: [holiday({ easter: -2 }), holiday({ easter: 1 })] });
    expect(['2026-04-02', '2026-04-03', '2026-04-06', '2026-04-07'].map((date) => openOn(calendar, date))).toEqual([
      8, 0, 0, 8,
    ]);
  });

  it('are observed on the next day with hours that is no holiday', () => {
    const both = [holiday({ date: '12-25', observed: 'next' }), holiday({ date: '12-26', observed: 'next' })];
    const calendar = rules({ holidays: both });
    // 2027: Saturday and Sunday. 2026: Friday and Saturday.
    expect(['2027-12-24', '2027-12-27', '2027-12-28', '2027-12-29'].map((date) => openOn(calendar, date))).toEqual([
      8, 0, 0, 8,
    ]);
    expect(['2026-12-24', '2026-12-25', '2026-12-28', '2026-12-29'].map((date) => openOn(calendar, date))).toEqual([
      8, 0, 0, 8,
    ]);
  });

  it('are observed on the nearest day with hours, also over the turn of the year', () => {
    const calendar = rules({
      holidays: [holiday({ date: '07-04', observed: 'nearest' }), holiday({ date: '01-01', observed: 'nearest' })],
    });
    expect(openOn(calendar, '2026-07-03')).toBe(0); // the fourth is a Saturday
    expect(openOn(calendar, '2027-07-05')).toBe(0); // a Sunday
    expect(openOn(calendar, '2027-12-31')).toBe(0); // New Year 2028 is a Saturday
    expect(openOn(calendar, '2028-12-29')).toBe(8); // New Year 2029 is a Monday
  });

  it('may be half days, and of two on one day the one that closes holds', () => {
    const half: Hours[] = [{ from: '09:00', to: '12:00' }];
    const calendar = rules({
      holidays: [
        holiday({ date: '12-24', hours: half }),
        holiday({ date: '12-31' }),
        holiday({ date: '12-31', hours: half }),
      ],
    });
    expect([openOn(calendar, '2026-12-24'), openOn(calendar, '2026-12-31')]).toEqual([3, 0]);
  });

  it('single days stand above week and holidays', () => {
    const calendar = rules({
      holidays: [holiday({ date: '12-25' })],
      days: [
        { date: '2026-11-28', name: 'Stocktaking', hours: [{ from: '10:00', to: '14:00' }] },
        { date: '2026-11-30', name: 'Moving house', hours: [] },
        { date: '2026-12-25', name: 'Emergency', hours: day },
      ],
    });
    expect(['2026-11-28', '2026-11-30', '2026-12-25', '2027-12-25'].map((date) => openOn(calendar, date))).toEqual([
      4, 0, 8, 0,
    ]);
  });
});

describe('The arithmetic, whatever the calendar', () => {
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const hoursOfDay = fc
    .uniqueArray(fc.integer({ min: 0, max: 96 }), { maxLength: 6 })
    .map((quarters) => quarters.toSorted((a, b) => a - b))
    .map((quarters) =>
      Array.from({ length: Math.floor(quarters.length / 2) }, (_, i) => ({
        from: clock(quarters[2 * i]! * 15),
        to: clock(quarters[2 * i + 1]! * 15),
      })),
    );
  const calendars: fc.Arbitrary<CalendarRules> = fc.record({
    timezone: fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/Santiago',
    ),
    week: fc
      .tuple(fc.array(hoursOfDay, { minLength: 6, maxLength: 6 }))
      .map(([[monday = [], tuesday = [], thursday = [], friday = [], saturday = [], sunday = []]]) => ({
        monday,
        tuesday,
        wednesday: day,
        thursday,
        friday,
        saturday,
        sunday,
      })),
    holidays: fc.array(
      fc.record({
        name: fc.constant('A holiday'),
        date: fc.constantFrom('01-01', '02-29', '03-28', '10-25', '12-25', '12-26', '12-31'),
        observed: fc.constantFrom('actual', 'next', 'nearest'),
        hours: fc.constantFrom<Hours[]>([], [{ from: '09:00', to: '12:00' }]),
      }),
      { maxLength: 4 },
    ),
    days: fc.array(
      fc.record({ date: fc.constantFrom('2027-03-28', '2026-10-25'), name: fc.constant('A day'), hours: hoursOfDay }),
      { maxLength: 1 },
    ),
  });
  const instants = fc.integer({ min: Date.parse('2026-09-01T00:00:00Z'), max: Date.parse('2028-06-01T00:00:00Z') });
  const measures = fc.constantFrom<Measure>('hours', 'days');
  const amounts = fc.integer({ min: -60 * DAY, max: 60 * DAY });
  const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) };

  it('is monotone: later stays later, more takes longer', () => {
    fc.assert(
      fc.property(calendars, measures, instants, instants, amounts, amounts, (calendar, measure, a, b, m, n) => {
        const time = businessTime(calendar);
        const [early, late] = a < b ? [a, b] : [b, a];
        const [less, more] = m < n ? [m, n] : [n, m];
        const at = (from: number, amount: number) => time.after(from, amount, measure) ?? Infinity;
        expect(time.between(early, late, measure)).toBeGreaterThanOrEqual(0);
        expect(at(early, more)).toBeLessThanOrEqual(at(late, more));
        expect(at(early, less)).toBeLessThanOrEqual(at(early, more));
      }),
      runs,
    );
  });

  it('is additive: by way of any instant it is as far', () => {
    fc.assert(
      fc.property(calendars, measures, instants, instants, instants, (calendar, measure, a, b, c) => {
        const time = businessTime(calendar);
        expect(time.between(a, b, measure) + time.between(b, c, measure)).toBe(time.between(a, c, measure));
        expect(time.between(a, b, measure) + time.between(b, a, measure)).toBe(0);
      }),
      runs,
    );
  });

  it('is its own inverse', () => {
    fc.assert(
      fc.property(calendars, measures, instants, amounts, (calendar, measure, from, amount) => {
        const time = businessTime(calendar);
        const to = time.after(from, amount, measure);
        if (to === null) return;
        const there = time.between(from, to, measure);
        // A millisecond of a short day is more than a millisecond of a working day.
        if (measure === 'hours') expect(there).toBe(amount);
        else expect(Math.abs(there - amount)).toBeLessThan(DAY / (15 * 60_000));
        const back = time.after(from, there, measure);
        expect(back === null ? null : time.between(to, back, measure)).toBe(0);
      }),
      runs,
    );
  });

  it('never counts more than has passed', () => {
    fc.assert(
      fc.property(calendars, instants, instants, (calendar, a, b) => {
        expect(Math.abs(businessTime(calendar).between(a, b, 'hours'))).toBeLessThanOrEqual(Math.abs(a - b));
      }),
      runs,
    );
  });
});
