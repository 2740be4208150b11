import { fold, type Rows } from '#libs/processing/application/projection';
import type { WebhookEvent } from '../../../domain/webhook.events.js';
import { webhookListTable, type WebhookListRow } from './webhook-list.table.js';

/** One row per webhook. Serves `GET /webhooks`. */
export const webhookList = fold<WebhookEvent, WebhookListRow>({
  table: webhookListTable,
  partitionColumn: 'webhook_id',
  partition: ({ data }) => data.webhookId,
  on: {
    WebhookRegistered: (rows, { workspaceId, data: { webhookId, name, origin, events, at } }) =>
      rows.put({
        webhook_id: webhookId,
        workspace_id: workspaceId,
        name,
        origin,
        events,
        active: true,
        registered_at: at,
      }),
    WebhookChanged: (rows, { data: { webhookId, name, origin, events } }) =>
      change(rows, webhookId, { name, origin, events }),
    WebhookDeactivated: (rows, { data: { webhookId } }) => change(rows, webhookId, { active: false }),
    WebhookActivated: (rows, { data: { webhookId } }) => change(rows, webhookId, { active: true }),
  },
});

function change(rows: Rows<WebhookListRow>, webhookId: string, to: Partial<WebhookListRow>): void {
  const row = rows.get(webhookId);
  if (row) rows.put({ ...row, ...to });
}
