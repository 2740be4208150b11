import { Injectable } from '@nestjs/common';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { KnownPreferences, type Wishes } from '../../../application/known-preferences.js';
import type { NotificationPreferenceRow } from './notification-preference.projection.js';

@Injectable()
export class NotificationPreferences extends KnownPreferences {
  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {
    super();
  }

  override async of(workspaceId: string, people: readonly string[]): Promise<readonly Wishes[]> {
    const rows = await this.readModels.read('notifications', async (table) => {
      const result = await this.database.pool.query<NotificationPreferenceRow>(
        `SELECT user_id, mail, chat, digest, digest_at, quiet_from, quiet_to, timezone
           FROM ${table('notification_preference')}
          WHERE user_id = ANY ($1::text[]) AND workspace_id = $2 ORDER BY user_id`,
        [[...people], workspaceId],
      );
      return result.rows;
    });
    return rows.map(wishesOf);
  }
}

const wishesOf = (row: NotificationPreferenceRow): Wishes => ({
  userId: row.user_id,
  mail: row.mail as Wishes['mail'],
  chat: row.chat as Wishes['chat'],
  digest: { every: row.digest as Wishes['digest']['every'], at: row.digest_at },
  quietHours: row.quiet_from === null || row.quiet_to === null ? null : { from: row.quiet_from, to: row.quiet_to },
  timezone: row.timezone,
});
