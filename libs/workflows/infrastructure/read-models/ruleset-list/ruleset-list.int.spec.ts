import { InvalidCursor } from '#libs/kernel/application/page';
import { queriesOver } from '#libs/testing/given-read-models';
import { foldRows, readModelSpec, type GivenEvent } from '#libs/testing/read-model';
import type { RulesetEvent } from '../../../domain/rulesets/ruleset.events.js';
import { drafted, published, replaced, small } from '../../../domain/rulesets/ruleset.examples.js';
import { rulesetList, rulesetsGroup } from './ruleset-list.projection.js';
import { RulesetList } from './ruleset-list.query.js';

const ruleset = (id: string, key: string, ...events: RulesetEvent[]): GivenEvent[] =>
  events.map((event) => {
    const data =
      event.type === 'RulesetDrafted'
        ? { ...event.data, rulesetId: id, ruleset: { ...event.data.ruleset, key } }
        : event.data;
    return { type: event.type, data, streamId: `ruleset-${id}` } as GivenEvent;
  });

const given = readModelSpec(rulesetsGroup)(
  ...ruleset('r1', 'loans', drafted(small()), published(1, small()), replaced({ ...small('7'), name: 'Tiny loans' })),
  ...ruleset('r2', 'cards', drafted(small()), published(1, small())),
  ...ruleset('r3', 'drafts', drafted(small())),
  ...ruleset('r4', 'elsewhere', drafted(small())).map((event) => ({ ...event, workspaceId: 'other' })),
);

describe('GET /rulesets', () => {
  it('shows the rulesets of a workspace by key', () =>
    given.query(async (tables) => {
      const list = new RulesetList(...queriesOver(tables));
      expect(await list.list({ workspaceId: 'demo', limit: 25 })).toEqual({
        data: [
          { id: 'r2', key: 'cards', name: 'Small loans', version: 1, draft: false, rules: 1 },
          { id: 'r3', key: 'drafts', name: 'Small loans', version: null, draft: true, rules: 1 },
          { id: 'r1', key: 'loans', name: 'Tiny loans', version: 1, draft: true, rules: 1 },
        ],
        page: { next: null, hasMore: false },
      });
    }));

  it('pages by key', () =>
    given.query(async (tables) => {
      const list = new RulesetList(...queriesOver(tables));
      const first = await list.list({ workspaceId: 'demo', limit: 2 });
      expect(first.page.hasMore).toBe(true);
      const second = await list.list({ workspaceId: 'demo', limit: 2, cursor: first.page.next! });
      expect(second.data.map(({ key }) => key)).toEqual(['loans']);
      await expect(list.list({ workspaceId: 'demo', limit: 2, cursor: 'loans' })).rejects.toThrow(InvalidCursor);
    }));
});

describe('The fold of rulesets', () => {
  it('takes no notice of what it does not know', () =>
    expect(foldRows(rulesetList, ...ruleset('r1', 'loans', replaced(small()), published(1, small())))).toEqual([]));
});
