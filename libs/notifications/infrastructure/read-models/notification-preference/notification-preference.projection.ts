import { fold, type TableSpec } from '#libs/processing/application/projection';
import type { PreferencesEvent } from '../../../domain/preferences.events.js';

/** What somebody wishes to be told; where they are reached is read from the log when it is needed. */
export interface NotificationPreferenceRow {
  readonly user_id: string;
  readonly workspace_id: string;
  readonly mail: readonly string[];
  readonly chat: readonly string[];
  readonly digest: string;
  readonly digest_at: string;
  readonly quiet_from: string | null;
  readonly quiet_to: string | null;
  readonly timezone: string;
}

const table: TableSpec<NotificationPreferenceRow> = {
  name: 'notification_preference',
  columns: {
    user_id: 'text',
    workspace_id: 'text',
    mail: 'text[]',
    chat: 'text[]',
    digest: 'text',
    digest_at: 'text',
    quiet_from: 'text null',
    quiet_to: 'text null',
    timezone: 'text',
  },
  primaryKey: ['user_id'],
};

/** One row per person who has said something. */
export const notificationPreference = fold<PreferencesEvent, NotificationPreferenceRow>({
  table,
  partitionColumn: 'user_id',
  partition: ({ data }) => data.userId,
  on: {
    NotificationPreferencesSet: (rows, { workspaceId, data: { userId, mail, chat, digest, quietHours, timezone } }) =>
      rows.put({
        user_id: userId,
        workspace_id: workspaceId,
        mail,
        chat,
        digest: digest.every,
        digest_at: digest.at,
        quiet_from: quietHours?.from ?? null,
        quiet_to: quietHours?.to ?? null,
        timezone,
      }),
  },
});
