import type { TableSpec } from '#libs/processing/application/projection';

/** One webhook as lists show it. */
export interface WebhookListRow {
  readonly webhook_id: string;
  readonly workspace_id: string;
  readonly name: string;
  readonly origin: string;
  readonly events: readonly string[];
  readonly active: boolean;
  readonly registered_at: string;
}

export const webhookListTable: TableSpec<WebhookListRow> = {
  name: 'webhook_list',
  columns: {
    webhook_id: 'text',
    workspace_id: 'text',
    name: 'text',
    origin: 'text',
    events: 'text[]',
    active: 'boolean',
    registered_at: 'timestamptz',
  },
  primaryKey: ['webhook_id'],
  indexes: ['(workspace_id, registered_at, webhook_id)'],
};
