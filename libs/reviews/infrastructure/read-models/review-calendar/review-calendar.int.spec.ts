import { defaultCalendar, type PinnedCalendar } from '#libs/kernel/domain/calendar';
import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec, type GivenEvent } from '#libs/testing/read-model';
import { PinnedClocks } from './clocks-counting.query.js';
import { clocksGroup } from './review-calendar.projection.js';

const calendar = (key: string, version: number): PinnedCalendar => ({ ...defaultCalendar, key, version });
const review = (reviewId: string, calendars: readonly PinnedCalendar[] | undefined, ...later: GivenEvent[]) => [
  { type: 'ReviewStarted', data: { reviewId, ...(calendars && { calendars }) }, streamId: `review-${reviewId}` },
  ...later.map((event) => ({ ...event, streamId: `review-${reviewId}` })),
];
const told = (type: string, data: object = {}) => ({ type, data, streamId: '' }) as GivenEvent;
const moved = (key: string, version: number) => told('SlaReprojected', { rule: calendar(key, version) });
const ends = ['ReviewApproved', 'ReviewRejected', 'ReviewWithdrawn', 'ReviewExpired', 'ReviewCancelled'];

const given = readModelSpec(clocksGroup)(
  ...review('r1', [calendar('loans', 1)]),
  ...review('r2', [calendar('loans', 1), calendar('night', 1)], moved('loans', 2)),
  ...review('r3', [calendar('loans', 1)], moved('loans', 2), moved('loans', 3)),
  ...review('r4', undefined, told('StepStarted')),
  ...ends.flatMap((end, i) => review(`e${i}`, [calendar('loans', 1)], told(end))),
  ...review('r5', [calendar('loans', 1)], told('ReviewApproved'), told('StepStarted')),
  ...review('r6', [calendar('loans', 1)]).map((event) => ({ ...event, workspaceId: 'other' })),
);

describe('Clocks that count by an outdated version', () => {
  it('are those of open reviews of the workspace, in order', () =>
    given.query(async (tables) => {
      const clocks = new PinnedClocks(...queriesOver(tables));
      const by = { workspaceId: 'demo', key: 'loans', after: '', limit: 100 };
      expect(await clocks.outdated({ ...by, version: 3 })).toEqual(['r1', 'r2', 'r5']);
      expect(await clocks.outdated({ ...by, version: 2 })).toEqual(['r1', 'r5']);
      expect(await clocks.outdated({ ...by, version: 1 })).toEqual([]);
      expect(await clocks.outdated({ ...by, version: 9, key: 'night' })).toEqual(['r2']);
      expect(await clocks.outdated({ ...by, version: 9, workspaceId: 'other' })).toEqual(['r6']);
    }));

  it('are answered in portions', () =>
    given.query(async (tables) => {
      const clocks = new PinnedClocks(...queriesOver(tables));
      const by = { workspaceId: 'demo', key: 'loans', version: 3, limit: 2 };
      expect(await clocks.outdated({ ...by, after: '' })).toEqual(['r1', 'r2']);
      expect(await clocks.outdated({ ...by, after: 'r2' })).toEqual(['r5']);
    }));
});
