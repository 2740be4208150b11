import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import { KnownPreferences, type Wishes } from '../../../application/known-preferences.js';
import type { NotificationPreferenceRow } from './notification-preference.projection.js';

/** A question that waits for the others of its turn. */
interface Question {
  readonly workspaceId: string;
  readonly people: readonly string[];
  readonly answer: PromiseWithResolvers<readonly Wishes[]>;
}

/** Notices come by the dozen: all that are asked for in one turn of the loop are answered by one query. */
@Injectable()
export class NotificationPreferences extends KnownPreferences {
  private questions: Question[] = [];

  constructor(
    private readonly database: Database,
    private readonly readModels: ReadModels,
  ) {
    super();
  }

  override of(workspaceId: string, people: readonly string[]): Promise<readonly Wishes[]> {
    const answer = Promise.withResolvers<readonly Wishes[]>();
    if (this.questions.length === 0) setImmediate(() => void this.ask(this.questions.splice(0)));
    this.questions.push({ workspaceId, people, answer });
    return answer.promise;
  }

  private async ask(questions: readonly Question[]): Promise<void> {
    const workspaces = Map.groupBy(questions, ({ workspaceId }) => workspaceId);
    await Promise.all([...workspaces].map(([workspaceId, asked]) => this.askOne(workspaceId, asked)));
  }

  private async askOne(workspaceId: string, questions: readonly Question[]): Promise<void> {
    const people = [...new Set(questions.flatMap((question) => question.people))];
    try {
      const rows = await this.rowsOf(workspaceId, people);
      for (const question of questions) {
        const asked = new Set(question.people);
        question.answer.resolve(rows.filter((row) => asked.has(row.user_id)).map(wishesOf));
      }
    } catch (error) {
      for (const { answer } of questions) answer.reject(error);
    }
  }

  private rowsOf(workspaceId: string, people: readonly string[]): Promise<readonly NotificationPreferenceRow[]> {
    return this.readModels.read('notifications', async (table) => {
      const { rows } = await sql<NotificationPreferenceRow>`
        SELECT workspace_id, user_id, mail, chat, digest, digest_at, quiet_from, quiet_to, timezone
        FROM ${sql.raw(table('notification_preference'))}
        WHERE workspace_id = ${workspaceId} AND user_id = ANY (${[...people]}::text[])
        ORDER BY user_id`.execute(this.database.reading(workspaceId));
      return rows;
    });
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
