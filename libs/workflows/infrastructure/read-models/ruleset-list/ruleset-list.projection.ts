import type { Recorded } from '#libs/kernel/domain/message';
import { fold, streamsOf, type ProjectionGroup, type Rows } from '#libs/processing/application/projection';
import type { RulesetEvent } from '../../../domain/rulesets/ruleset.events.js';
import { rulesetListTable, type RulesetListRow } from './ruleset-list.table.js';

const rulesetOf = streamsOf('ruleset');

/** One row per ruleset. Serves `GET /rulesets`. */
export const rulesetList = fold<RulesetEvent, RulesetListRow>({
  table: rulesetListTable,
  partitionColumn: 'ruleset_id',
  partition: rulesetOf,
  on: {
    RulesetDrafted: (rows, { data, workspaceId }) =>
      rows.put({
        ruleset_id: data.rulesetId,
        workspace_id: workspaceId,
        key: data.ruleset.key,
        name: data.ruleset.name,
        version: null,
        draft_hash: data.contentHash,
        published_hash: null,
        rules: data.ruleset.rules.length,
      }),
    RulesetDraftReplaced: (rows, event) => {
      const { ruleset, contentHash } = event.data;
      patch(rows, event, { name: ruleset.name, draft_hash: contentHash, rules: ruleset.rules.length });
    },
    RulesetPublished: (rows, event) =>
      patch(rows, event, { version: event.data.version, published_hash: event.data.contentHash }),
  },
});

function patch(rows: Rows<RulesetListRow>, event: Recorded, change: Partial<RulesetListRow>): void {
  const row = rows.get(rulesetOf(event));
  if (row) rows.put({ ...row, ...change });
}

export const rulesetsGroup: ProjectionGroup = {
  name: 'rulesets',
  version: 1,
  types: ['RulesetDrafted', 'RulesetDraftReplaced', 'RulesetPublished'],
  projections: [rulesetList],
};
