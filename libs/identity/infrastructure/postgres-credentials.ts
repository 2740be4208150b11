import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { Credentials, type KeptPassword } from '../application/credentials.js';
import type { IdentityTables } from './identity.tables.js';

@Injectable()
export class PostgresCredentials extends Credentials {
  private readonly db: Kysely<IdentityTables>;

  constructor(database: Database) {
    super();
    this.db = database.kysely<IdentityTables>();
  }

  async find(userId: string): Promise<KeptPassword | undefined> {
    const row = await this.db
      .selectFrom('identity.credentials')
      .select(['password_hash', 'changed_at', 'one_time_until'])
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row && { hash: row.password_hash, changedAt: row.changed_at, oneTimeUntil: row.one_time_until ?? undefined };
  }

  async put(userId: string, passwordHash: string, now: Date, oneTimeUntil?: Date): Promise<void> {
    const kept = {
      password_hash: passwordHash,
      changed_at: now,
      one_time_until: oneTimeUntil ?? null,
      spent_at: null,
    };
    await this.db
      .insertInto('identity.credentials')
      .values({ user_id: userId, ...kept })
      .onConflict((conflict) => conflict.column('user_id').doUpdateSet(kept))
      .execute();
  }

  async rehash(userId: string, before: string, after: string): Promise<void> {
    await this.db
      .updateTable('identity.credentials')
      .set({ password_hash: after })
      .where('user_id', '=', userId)
      .where('password_hash', '=', before)
      .execute();
  }

  async spend(userId: string, passwordHash: string, now: Date): Promise<boolean> {
    const { numUpdatedRows } = await this.db
      .updateTable('identity.credentials')
      .set({ spent_at: now })
      .where('user_id', '=', userId)
      .where('password_hash', '=', passwordHash)
      .where('one_time_until', '>', now)
      .where('spent_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}
