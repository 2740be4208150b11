import { calendarKeys } from './calendars.js';
import { definition, step } from './review.examples.js';
import { withDefaults } from './start-defaults.js';

const nothing = { calendar: 'default', slaHours: null };

describe('What a start fills in', () => {
  it('is nothing where nobody has set anything', () => {
    const silent = definition(step('one'));
    expect(withDefaults(silent, nothing)).toEqual(silent);
  });

  it('is a time budget for steps without one', () => {
    const own = { value: 2, unit: 'WALL_HOUR' } as const;
    const { steps } = withDefaults(definition(step('one'), step('two', { sla: own })), { ...nothing, slaHours: 8 });
    expect(steps.map(({ sla }) => sla?.value)).toEqual([8, 2]);
  });

  it('is a calendar where business time is counted and none is named', () => {
    const inDays = step('one', { sla: { value: 2, unit: 'BUSINESS_DAY' } });
    const filled = withDefaults(definition(inDays), { ...nothing, calendar: 'nordic' });
    expect(calendarKeys(filled.steps, filled.calendar)).toEqual(['nordic']);
    expect(withDefaults(definition(step('one')), { ...nothing, calendar: 'nordic' }).calendar).toBeUndefined();
    const named = { ...definition(inDays), calendar: 'loans' };
    expect(withDefaults(named, { ...nothing, calendar: 'nordic' }).calendar).toBe('loans');
  });
});
