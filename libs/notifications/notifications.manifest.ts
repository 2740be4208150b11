import type { ProcessManager } from '#libs/processing/application/process-manager';
import type { ProjectionGroup } from '#libs/processing/application/projection';
import { webhookFeed } from './application/webhook-feed.js';
import { webhookEvents } from './domain/webhook.events.js';
import { webhookList } from './infrastructure/read-models/webhook-list/webhook-list.projection.js';

export const notificationsGroup: ProjectionGroup = {
  name: 'notifications',
  version: 1,
  types: ['WebhookRegistered', 'WebhookChanged', 'WebhookDeactivated', 'WebhookActivated'],
  projections: [webhookList],
};

/** What the room brings to the program as plain data. */
export const notificationsManifest = {
  events: [...webhookEvents],
  projectionGroups: [notificationsGroup],
  processManagers: [webhookFeed as unknown as ProcessManager],
};
