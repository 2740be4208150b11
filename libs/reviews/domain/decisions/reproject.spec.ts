import { defaultCalendar, defaultRules, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import type { Rung } from '#libs/kernel/domain/workflow-definition';
import { HOUR } from '../clock.js';
import {
  approve,
  definition,
  fireTimer,
  manager,
  reproject,
  requestChanges,
  resubmit,
  loan,
  start,
  step,
  Story,
  withdraw,
} from '../review.examples.js';

// A Monday; office hours are from nine to five.
const monday = (time: string) => `2026-11-23T${time}:00.000Z`;
const tuesday = (time: string) => `2026-11-24T${time}:00.000Z`;
const afternoons = { ...defaultRules.week, tuesday: [{ from: '13:00', to: '18:00' }] };
const calendar = (version: number, week = afternoons): PinnedCalendar => ({
  ...defaultCalendar,
  calendarId: 'cal_1',
  version,
  rules: { ...defaultRules, week },
});

const ladder: readonly Rung[] = [
  { id: 'r1', at: '50%', action: 'remind' },
  { id: 'r2', at: '+1bh', action: 'none' },
];
const sla = { value: 10, unit: 'BUSINESS_HOUR' as const };
const begun = Story.of(
  start(definition(step('check', { sla, ladder }), step('sign', { sla })), { time: monday('09:00') }),
);

describe('Reproject', () => {
  it('lets the clock count on by the new version; what was used up stays used up', () => {
    const story = begun.and(reproject(calendar(1), { time: monday('15:00') }));
    expect(story.types).toEqual(['SlaReprojected']);
    const { old, new: after, rule, clock, rungs } = story.find('SlaReprojected');
    expect(old).toEqual({ calendar: 'default@0', dueAt: tuesday('11:00') });
    expect(after).toEqual({ calendar: 'default@1', dueAt: tuesday('15:00') });
    expect(rule).toEqual(calendar(1));
    expect(clock).toMatchObject({ consumedMs: 6 * HOUR, runningSince: monday('15:00'), generation: 2 });
    expect(rungs).toEqual([
      { rungId: 'r1', dueAt: monday('14:00') },
      { rungId: 'r2', dueAt: tuesday('16:00') },
    ]);
  });

  it('makes the timers of before no-ops, and fires by those that follow', () => {
    const story = begun.and(reproject(calendar(1), { time: monday('15:00') }));
    const { executionId } = story.find('StepStarted');
    const breach = (generation: number, time: string) =>
      fireTimer({ executionId, kind: 'breach', generation }, { time });
    expect(story.and(breach(1, tuesday('11:00'))).last).toEqual([]);
    expect(story.and(breach(2, tuesday('15:00'))).types).toEqual(['SlaBreached']);
  });

  it('is nothing for a version that is known, for another calendar, and after the end', () => {
    const moved = begun.and(reproject(calendar(2), { time: monday('10:00') }));
    expect(moved.and(reproject(calendar(2))).last).toEqual([]);
    expect(moved.and(reproject(calendar(1))).last).toEqual([]);
    expect(begun.and(reproject({ ...calendar(1), key: 'other' })).last).toEqual([]);
    expect(begun.and(withdraw(), reproject(calendar(1))).last).toEqual([]);
    const wall = Story.of(start(definition(step('check', { sla: { value: 8, unit: 'WALL_HOUR' } }))));
    expect(wall.and(reproject(calendar(1))).last).toEqual([]);
  });

  it('lets a clock that stands go on standing; it counts by the new version when it runs again', () => {
    const story = begun.and(
      requestChanges('ann', { time: monday('15:00') }),
      reproject(calendar(1), { time: monday('16:00') }),
    );
    expect(story.find('SlaReprojected')).toMatchObject({ clock: null, rungs: [], new: { dueAt: null } });
    expect(story.started.executions.at(-1)?.clock.runningSince).toBeNull();
    const resumed = story.and(resubmit({ ...loan, term: 12 }, { time: tuesday('09:00') }));
    expect(resumed.find('StepStarted').clock).toMatchObject({ calendar: 'default@1', dueAt: tuesday('17:00') });
  });

  it('holds for the steps that come', () => {
    const story = begun.and(
      reproject(calendar(1), { time: monday('10:00') }),
      approve('ann', { time: tuesday('13:00') }),
    );
    expect(story.find('StepStarted')).toMatchObject({ step: 'sign', clock: { calendar: 'default@1' } });
  });

  it('is carried by a step that does not count, for those that will', () => {
    const workflow = definition(step('check', { calendar: 'night' }), step('sign', { sla, assignees: [manager()] }));
    const story = Story.of(
      start(workflow, { time: monday('09:00') }),
      reproject(calendar(1), { time: monday('10:00') }),
    );
    expect(story.find('SlaReprojected')).toMatchObject({ step: 'check', clock: null });
    const next = story.and(approve('ann', { time: monday('11:00') }));
    expect(next.find('StepStarted').clock).toMatchObject({ calendar: 'default@1', dueAt: tuesday('17:00') });
  });

  it('moves every open step that counts on it, each once', () => {
    const workflow = definition(step('check', { sla }), step('sign', { sla, parallel: true, assignees: [manager()] }));
    const story = Story.of(
      start(workflow, { time: monday('09:00') }),
      reproject(calendar(1), { time: monday('10:00') }),
    );
    expect(story.types).toEqual(['SlaReprojected', 'SlaReprojected']);
    expect(new Set(story.started.executions.map(({ clock }) => clock.generation))).toEqual(new Set([2]));
  });

  it('keeps a breach, and the attribution of the time before', () => {
    const { executionId } = begun.find('StepStarted');
    const story = begun.and(
      fireTimer({ executionId, kind: 'breach', generation: 1 }, { time: tuesday('11:00') }),
      reproject(calendar(1), { time: tuesday('12:00') }),
    );
    const clock = story.started.executions[0]?.clock;
    expect(clock).toMatchObject({ breachedAt: tuesday('11:00'), consumedMs: 11 * HOUR, holder: 'assignee' });
    expect(clock?.attributedMs.assignee).toBe(11 * HOUR);
    // An hour late stays an hour late.
    expect(clock?.dueAt).toBe(monday('16:00'));
  });
});
