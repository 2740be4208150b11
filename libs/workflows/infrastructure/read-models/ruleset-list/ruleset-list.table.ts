import type { TableSpec } from '#libs/processing/application/projection';

/** One ruleset as lists show it. */
export interface RulesetListRow {
  readonly ruleset_id: string;
  readonly workspace_id: string;
  readonly key: string;
  readonly name: string;
  /** The newest published version. */
  readonly version: number | null;
  readonly draft_hash: string;
  readonly published_hash: string | null;
  /** Of the draft. */
  readonly rules: number;
}

export const rulesetListTable: TableSpec<RulesetListRow> = {
  name: 'ruleset_list',
  columns: {
    ruleset_id: 'text',
    workspace_id: 'text',
    key: 'text',
    name: 'text',
    version: 'integer null',
    draft_hash: 'text',
    published_hash: 'text null',
    rules: 'integer',
  },
  primaryKey: ['ruleset_id'],
  indexes: ['(workspace_id, key)'],
};
