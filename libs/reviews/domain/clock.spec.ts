import { defaultCalendar, defaultRules, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import {
  at,
  definition,
  loan,
  requestChanges,
  resubmit,
  start,
  step,
  Story,
  clearChanges,
  approve,
  user,
} from './review.examples.js';
import { attributed, between, HOUR, plus, runningClock } from './clock.js';
import { rungDue } from './ladder.js';
import type { Clock } from './review.events.js';

describe('The SLA clock', () => {
  it('is due when the rest of the budget has run', () => {
    const clock = runningClock({ value: 8, unit: 'WALL_HOUR' }, 3 * HOUR, at('12:00'), 2);
    expect(clock).toMatchObject({ dueAt: at('17:00'), consumedMs: 3 * HOUR, generation: 2 });
  });

  it('is due at once with a budget of nothing, and never without one', () => {
    expect(runningClock({ value: 0, unit: 'WALL_HOUR' }, 0, at('12:00'), 1).dueAt).toBe(at('12:00'));
    expect(runningClock(null, 0, at('12:00'), 1).dueAt).toBeNull();
  });

  it('counts hours through the change of clocks and over the end of February', () => {
    expect(plus('2027-03-28T00:30:00.000Z', 24 * HOUR)).toBe('2027-03-29T00:30:00.000Z');
    expect(plus('2028-02-28T12:00:00.000Z', 24 * HOUR)).toBe('2028-02-29T12:00:00.000Z');
    expect(plus('2026-12-31T23:00:00.000Z', HOUR)).toBe('2027-01-01T00:00:00.000Z');
  });

  it('never counts time that a clock went back', () => {
    expect(between(at('12:00'), at('11:00'))).toBe(0);
  });

  it('refuses to guess business hours without a calendar', () => {
    expect(() => runningClock({ value: 1, unit: 'BUSINESS_HOUR' }, 0, at('12:00'), 1)).toThrow('calendar');
  });

  it('attributes the time to who had it', () => {
    const story = Story.of(
      start(definition(step('check', { sla: { value: 8, unit: 'WALL_HOUR' } }))),
      requestChanges('ann', { time: '11:00' }),
      resubmit({ ...loan, term: 12 }, { time: '14:00' }),
      approve('ann', { time: '15:00', revision: 2 }),
    );
    const clock = story.started.executions.at(-1)?.clock;
    expect(clock && attributed(clock, at('15:00'))).toEqual({
      assignee: 3 * HOUR,
      submitter: 3 * HOUR,
      system: 0,
      blocked: 0,
    });
    expect(clock).toMatchObject({ consumedMs: 3 * HOUR, runningSince: null });
    expect(story.find('StepCompleted').consumedMs).toBe(3 * HOUR);
  });

  it('goes on where it stopped when changes are taken back, rungs included', () => {
    const ladder = [{ id: 'r1', at: '50%', action: 'remind' as const }];
    const story = Story.of(
      start(definition(step('check', { sla: { value: 8, unit: 'WALL_HOUR' }, ladder }))),
      requestChanges('ann', { time: '11:00' }),
    );
    const [item] = story.find('ChangesRequested').items;
    const { clock, rungs } = story.and(clearChanges('ann', [item?.itemId ?? ''], { time: '15:00' })).find('SlaResumed');
    expect(clock).toMatchObject({ consumedMs: 2 * HOUR, dueAt: at('21:00'), generation: 2 });
    expect(rungs).toEqual([{ rungId: 'r1', dueAt: at('17:00') }]);
  });
});

describe('The SLA clock in business time', () => {
  const office: PinnedCalendar = { ...defaultCalendar, key: 'office', version: 2 };
  const hours = (value: number) => ({ value, unit: 'BUSINESS_HOUR' as const });
  const days = (value: number) => ({ value, unit: 'BUSINESS_DAY' as const });
  // A Friday.
  const friday = (time: string) => `2026-11-20T${time}:00.000Z`;
  const monday = (time: string) => `2026-11-23T${time}:00.000Z`;

  it('is due after so many open hours, and names the version that says so', () => {
    expect(runningClock(hours(8), 0, friday('13:00'), 1, office)).toMatchObject({
      dueAt: monday('13:00'),
      calendar: 'office@2',
      timezone: 'UTC',
    });
    expect(runningClock(hours(8), 3 * HOUR, friday('16:00'), 2, office).dueAt).toBe(monday('13:00'));
  });

  it('is due after so many working days, of which the rest of today is a part', () => {
    expect(runningClock(days(2), 0, friday('13:00'), 1, office).dueAt).toBe('2026-11-24T13:00:00.000Z');
    expect(runningClock(days(1), 12 * HOUR, friday('13:00'), 2, office).dueAt).toBe(friday('17:00'));
  });

  it('freezes overdue time: it stays as late as it was', () => {
    expect(runningClock(hours(8), 10 * HOUR, monday('10:00'), 2, office).dueAt).toBe(friday('16:00'));
  });

  it('is due at once with a budget of nothing, in the middle of the night', () => {
    expect(runningClock(hours(0), 0, monday('03:00'), 1, office).dueAt).toBe(monday('03:00'));
  });

  it('is never due when a hundred years do not suffice', () => {
    const rarely = {
      ...defaultRules,
      week: { ...defaultRules.week, tuesday: [], wednesday: [], thursday: [], friday: [] },
    };
    expect(runningClock(hours(87_600), 0, monday('09:00'), 1, { ...office, rules: rarely }).dueAt).toBeNull();
  });

  it('attributes open hours to who had them, pauses to the submitter', () => {
    const story = Story.of(
      // The day of the examples is a Sunday.
      start(definition(step('check', { sla: hours(16) })), { time: '09:00' }),
      requestChanges('ann', { time: monday('11:00') }),
      resubmit({ ...loan, term: 12 }, { time: '2026-11-24T10:00:00.000Z' }),
      approve('ann', { time: '2026-11-24T16:00:00.000Z', revision: 2 }),
    );
    expect(story.find('SlaPaused').consumedMs).toBe(2 * HOUR);
    expect(story.find('StepStarted').clock).toMatchObject({ consumedMs: 2 * HOUR, dueAt: '2026-11-25T16:00:00.000Z' });
    const clock = story.started.executions.at(-1)?.clock;
    expect(clock?.attributedMs).toEqual({ assignee: 8 * HOUR, submitter: 7 * HOUR, system: 0, blocked: 0 });
    expect(story.find('StepCompleted').consumedMs).toBe(8 * HOUR);
  });

  it('attributes the time in which nobody could decide to that', () => {
    const story = Story.of(start(definition(step('check', { assignees: [user('olly')], sla: hours(8) }))));
    const clock = story.started.executions.at(-1)?.clock;
    expect(clock && attributed(clock, monday('12:00'))).toMatchObject({ blocked: 3 * HOUR, assignee: 0 });
  });

  it('pins the calendars its steps need, no others', () => {
    const named = definition(step('check', { sla: hours(8) }), step('sign', { calendar: 'night', sla: days(1) }));
    const pinned = Story.of(start({ ...named, calendar: 'office' })).find('ReviewStarted');
    expect(pinned.calendarVersion).toBe('office@0, night@0');
    expect(pinned.calendars?.map(({ key }) => key)).toEqual(['office', 'night']);
    const wall = Story.of(start(definition(step('check', { sla: { value: 8, unit: 'WALL_HOUR' } }))));
    expect(wall.find('ReviewStarted')).not.toHaveProperty('calendars');
    expect(wall.find('ReviewStarted').calendarVersion).toBeNull();
    const ladder = [{ id: 'r1', at: '-1bh', action: 'remind' as const }];
    const rung = Story.of(start(definition(step('check', { sla: { value: 48, unit: 'WALL_HOUR' }, ladder }))));
    expect(rung.find('ReviewStarted').calendarVersion).toBe('default@0');
  });
});

describe('Rungs of a ladder', () => {
  const from = '2026-11-23T09:00:00.000Z'; // a Monday
  const due = (at: string, clock: Clock, wallMs = 0) => rungDue(at, clock, { calendar: defaultCalendar, wallMs });
  const wall = (value: number, consumed = 0) => runningClock({ value, unit: 'WALL_HOUR' }, consumed * HOUR, from, 1);
  const open = (value: number, consumed = 0) =>
    runningClock({ value, unit: 'BUSINESS_HOUR' }, consumed * HOUR, from, 1, defaultCalendar);

  it.each([
    ['50%', 4 * HOUR],
    ['66.67%', 19_200_960],
    ['0', 8 * HOUR],
    ['-4h', 4 * HOUR],
    ['-9h', 0],
    ['+8h', 16 * HOUR],
    ['start+48h', 48 * HOUR],
    ['+8bh', 32 * HOUR],
    ['-4bh', 4 * HOUR],
    ['+1bd', 32 * HOUR],
  ])('%s of a budget of eight hours is %s ms after Monday, nine', (at, ms) => {
    expect(due(at, wall(8))).toBe(plus(from, ms));
  });

  it.each([
    // Half of sixteen hours is the end of Monday; the next is open the next morning.
    ['50%', '2026-11-23T17:00:00.000Z', 16],
    ['0', '2026-11-24T17:00:00.000Z', 16],
    ['-4bh', '2026-11-24T13:00:00.000Z', 16],
    ['-12bh', '2026-11-23T13:00:00.000Z', 16],
    ['-20bh', '2026-11-23T09:00:00.000Z', 16],
    ['+8bh', '2026-11-25T17:00:00.000Z', 16],
    ['+1bd', '2026-11-25T17:00:00.000Z', 16],
    ['-4h', '2026-11-24T13:00:00.000Z', 16],
    ['+8h', '2026-11-25T01:00:00.000Z', 16],
    ['start+48h', '2026-11-25T09:00:00.000Z', 16],
    ['+4bh', '2026-11-30T13:00:00.000Z', 40],
  ])('%s of business hours is %s', (at, instant, hours) => {
    expect(due(at, open(hours))).toBe(instant);
  });

  it('go on where the clock stopped, those after the start by the time it has run', () => {
    expect(due('50%', wall(8, 3))).toBe(plus(from, HOUR));
    expect(due('50%', open(16, 3))).toBe('2026-11-23T14:00:00.000Z');
    expect(due('start+48h', open(16, 3), 20 * HOUR)).toBe(plus(from, 28 * HOUR));
  });

  it('count from the start also without a budget, the others not', () => {
    const none = runningClock(null, 0, from, 1);
    expect(due('start+2h', none)).toBe(plus(from, 2 * HOUR));
    expect(due('0', none)).toBeNull();
    expect(due('50%', none)).toBeNull();
  });
});
