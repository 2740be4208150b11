import { defaultRules } from '#libs/kernel/domain/calendar';
import { queriesOver } from '#libs/testing/given-read-models';
import { readModelSpec, type GivenEvent } from '#libs/testing/read-model';
import { calendarsGroup } from './calendar-list.projection.js';
import { CalendarList } from './calendar-list.query.js';

const at = '2026-11-22T09:00:00.000Z';
const published = (calendarId: string, key: string, version = 1, name = 'Hours'): GivenEvent => ({
  type: 'CalendarPublished',
  data: { calendarId, key, name, version, rules: defaultRules, contentHash: 'h', publishedBy: 'usr_ada', at },
  streamId: `calendar-${calendarId}`,
});

const given = readModelSpec(calendarsGroup)(
  published('c1', 'loans'),
  published('c2', 'default'),
  published('c1', 'loans', 2, 'Longer hours'),
  { ...published('c3', 'elsewhere'), workspaceId: 'other' },
);

describe('GET /calendars', () => {
  it('shows the newest version of the calendars of a workspace by key', () =>
    given.query(async (tables) => {
      const list = new CalendarList(...queriesOver(tables));
      const line = { timezone: 'UTC', publishedAt: at };
      expect(await list.list({ workspaceId: 'demo', limit: 25 })).toEqual({
        data: [
          { id: 'c2', key: 'default', name: 'Hours', version: 1, ...line },
          { id: 'c1', key: 'loans', name: 'Longer hours', version: 2, ...line },
        ],
        page: { next: null, hasMore: false },
      });
    }));

  it('pages by key', () =>
    given.query(async (tables) => {
      const list = new CalendarList(...queriesOver(tables));
      const first = await list.list({ workspaceId: 'demo', limit: 1 });
      const { next } = first.page;
      const second = await list.list({ workspaceId: 'demo', limit: 1, ...(next !== null && { cursor: next }) });
      expect([first.data[0]?.id, second.data[0]?.id, second.page.hasMore]).toEqual(['c2', 'c1', false]);
    }));
});
