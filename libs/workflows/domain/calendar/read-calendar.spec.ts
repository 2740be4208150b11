import { defaultRules } from '#libs/kernel/domain/calendar';
import { DefinitionInvalid } from '../workflow.errors.js';
import { readCalendar } from './read-calendar.js';

const office = [{ from: '09:00', to: '17:00' }];
const week = { monday: office };
const calendar = (more: object = {}) => ({ key: 'default', name: 'Office hours', week, ...more });

function faults(plain: unknown, given?: string): string[] {
  try {
    readCalendar(plain, given);
  } catch (refusal) {
    if (refusal instanceof DefinitionInvalid) return refusal.faults.map(({ pointer, code }) => `${pointer} ${code}`);
    throw refusal;
  }
  return [];
}

describe('A calendar as it is written', () => {
  it('is closed on days that are left out, in UTC, without days off', () => {
    const { key, name, rules } = readCalendar(calendar());
    expect({ key, name }).toEqual({ key: 'default', name: 'Office hours' });
    const closed = { tuesday: [], wednesday: [], thursday: [], friday: [], saturday: [], sunday: [] };
    expect(rules).toEqual({ timezone: 'UTC', week: { monday: office, ...closed }, holidays: [], days: [] });
  });

  it('may say everything', () => {
    const half = [{ from: '09:00', to: '12:00' }];
    const { rules } = readCalendar(
      calendar({
        timezone: 'Europe/Berlin',
        week: { ...defaultRules.week, friday: [{ from: '22:00', to: '24:00' }] },
        holidays: [
          { date: '12-25', observed: 'next' },
          { name: 'Good Friday', easter: -2 },
          { easter: 1 },
          { date: '02-29', observed: 'nearest', hours: half },
        ],
        days: [
          { date: '2026-12-31', hours: half },
          { date: '2027-05-07', name: 'Works outing' },
        ],
      }),
    );
    expect(rules.timezone).toBe('Europe/Berlin');
    expect(rules.holidays).toEqual([
      { name: '12-25', date: '12-25', observed: 'next', hours: [] },
      { name: 'Good Friday', easter: -2, observed: 'actual', hours: [] },
      { name: 'Easter +1', easter: 1, observed: 'actual', hours: [] },
      { name: '02-29', date: '02-29', observed: 'nearest', hours: half },
    ]);
    expect(rules.days).toEqual([
      { date: '2026-12-31', name: '2026-12-31', hours: half },
      { date: '2027-05-07', name: 'Works outing', hours: [] },
    ]);
  });

  it('takes hours without a gap for one', () => {
    const hours = [
      { from: '08:00', to: '12:00' },
      { from: '12:00', to: '13:00' },
      { from: '14:00', to: '18:00' },
    ];
    const { rules } = readCalendar(calendar({ week: { monday: hours } }));
    expect(rules.week.monday).toEqual([
      { from: '08:00', to: '13:00' },
      { from: '14:00', to: '18:00' },
    ]);
  });

  it('keeps the key of the calendar whose next version it is', () => {
    expect(readCalendar({ week }, 'loans')).toMatchObject({ key: 'loans', name: undefined });
    expect(faults({ week, key: 'other' }, 'loans')).toEqual(['/key unknown-member']);
  });
});

describe('A calendar with faults is refused with all of them', () => {
  const monday = (...hours: object[]) => calendar({ week: { monday: hours } });

  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['/key required', '/name required', '/week required']],
    ['no object', [], [' wrong-type']],
    ['a week that never opens', calendar({ week: { monday: [] } }), ['/week unsatisfiable']],
    ['a day that is none', calendar({ week: { ...week, mon: office } }), ['/week/mon unknown-member']],
    ['an offset for a zone', calendar({ timezone: '+02:00' }), ['/timezone unknown-value']],
    ['a zone that is none', calendar({ timezone: 'Europe/Atlantis' }), ['/timezone unknown-value']],
    [
      'a time that is none',
      monday({ from: '9:00', to: '25:00' }),
      ['/week/monday/0/from bad-format', '/week/monday/0/to bad-format'],
    ],
    ['hours over midnight', monday({ from: '22:00', to: '06:00' }), ['/week/monday/0/to contradiction']],
    ['hours of nothing', monday({ from: '09:00', to: '09:00' }), ['/week/monday/0/to contradiction']],
    ['half of an interval', monday({ from: '09:00' }), ['/week/monday/0/to required']],
    [
      'hours that overlap',
      monday({ from: '09:00', to: '12:00' }, { from: '11:00', to: '13:00' }),
      ['/week/monday/1/from contradiction'],
    ],
    ['a holiday without a day', calendar({ holidays: [{}] }), ['/holidays/0/date required']],
    [
      'a holiday of two days',
      calendar({ holidays: [{ date: '12-25', easter: 1 }] }),
      ['/holidays/0/date contradiction'],
    ],
    ['a holiday that never is', calendar({ holidays: [{ date: '02-30' }] }), ['/holidays/0/date bad-format']],
    [
      'a shift that is none',
      calendar({ holidays: [{ easter: 0, observed: 'later' }] }),
      ['/holidays/0/observed unknown-value'],
    ],
    ['a day that never was', calendar({ days: [{ date: '2027-02-29' }] }), ['/days/0/date bad-format']],
    ['a day without a date', calendar({ days: [{}] }), ['/days/0/date required']],
    ['one day twice', calendar({ days: [{ date: '2027-01-02' }, { date: '2027-01-02' }] }), ['/days/1/date duplicate']],
  ])('%s', (_, plain, expected) => {
    expect(faults(plain)).toEqual(expected);
  });
});
