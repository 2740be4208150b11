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
} from './review.examples.js';
import { attributed, between, budgetMs, HOUR, plus, runningClock } from './clock.js';
import { rungOffset } from './ladder.js';

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
    expect(() => budgetMs({ value: 1, unit: 'BUSINESS_HOUR' })).toThrow('calendar');
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

describe('Rungs of a ladder', () => {
  it.each([
    ['50%', 4 * HOUR],
    ['66.67%', 19_200_960],
    ['0', 8 * HOUR],
    ['-4h', 4 * HOUR],
    ['-9h', 0],
    ['+8h', 16 * HOUR],
    ['start+48h', 48 * HOUR],
    ['+8bh', null],
  ])('%s of a budget of eight hours is after %s ms', (offset, ms) => {
    expect(rungOffset(offset, 8 * HOUR)).toBe(ms);
  });

  it('round a share of the budget up, never down', () => {
    expect(rungOffset('33.33%', 1)).toBe(1);
  });

  it('count from the start also without a budget, the others not', () => {
    expect(rungOffset('start+2h', null)).toBe(2 * HOUR);
    expect(rungOffset('0', null)).toBeNull();
    expect(rungOffset('50%', null)).toBeNull();
  });
});
