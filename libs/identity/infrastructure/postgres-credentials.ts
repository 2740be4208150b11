import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { Credentials } from '../application/credentials.js';
import type { IdentityTables } from './identity.tables.js';

@Injectable()
export class PostgresCredentials extends Credentials {
  private readonly db: Kysely<IdentityTables>;

  constructor(database: Database) {
    super();
    this.db = database.kysely<IdentityTables>();
  }

  async find(userId: string): Promise<string | undefined> {
    const row = await this.db
      .selectFrom('identity.credentials')
      .select('password_hash')
      .where('user_id', '=', userId)
      .executeTakeFirst();
    return row?.password_hash;
  }

  async put(userId: string, passwordHash: string, now: Date): Promise<void> {
    await this.db
      .insertInto('identity.credentials')
      .values({ user_id: userId, password_hash: passwordHash, changed_at: now })
      .onConflict((conflict) =>
        conflict.column('user_id').doUpdateSet({ password_hash: passwordHash, changed_at: now }),
      )
      .execute();
  }
}
