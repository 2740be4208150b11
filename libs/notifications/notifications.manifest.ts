import type { ProcessManager } from '#libs/processing/application/process-manager';
import type { ProjectionGroup } from '#libs/processing/application/projection';
import { notices } from './application/notices.js';
import { webhookFeed } from './application/webhook-feed.js';
import { preferencesEvents } from './domain/preferences.events.js';
import { webhookEvents } from './domain/webhook.events.js';
import { notificationPreference } from './infrastructure/read-models/notification-preference/notification-preference.projection.js';
import { webhookList } from './infrastructure/read-models/webhook-list/webhook-list.projection.js';

export const notificationsGroup: ProjectionGroup = {
  name: 'notifications',
  version: 1,
  types: [
    'WebhookRegistered',
    'WebhookChanged',
    'WebhookDeactivated',
    'WebhookActivated',
    'NotificationPreferencesSet',
  ],
  projections: [webhookList, notificationPreference],
};

/** What the room brings to the program as plain data. */
export const notificationsManifest = {
  events: [...webhookEvents, ...preferencesEvents],
  projectionGroups: [notificationsGroup],
  processManagers: [webhookFeed as unknown as ProcessManager, notices as unknown as ProcessManager],
};
