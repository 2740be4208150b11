import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Kysely } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { ClientSecrets, type SecretOrder } from '../application/client-secrets.js';
import type { IdentityTables } from './identity.tables.js';

/** 256 random bits, kept as their SHA-256: nobody guesses them, so that no slow hash is needed. */
@Injectable()
export class PostgresClientSecrets extends ClientSecrets {
  private readonly db: Kysely<IdentityTables>;

  constructor(database: Database) {
    super();
    this.db = database.kysely<IdentityTables>();
  }

  async renew(order: SecretOrder, now: Date): Promise<string | undefined> {
    const { clientId: client_id, commandId: command_id, at, previousUntil, repeated } = order;
    const secret = randomBytes(32).toString('base64url');
    const secret_hash = digest(secret);
    // Never older than what it replaces, whatever the clock of this machine says.
    const created_at = now < at ? at : now;
    const isMade = await this.db.transaction().execute(async (db) => {
      if (repeated) {
        const since = await db
          .selectFrom('identity.client_secrets')
          .select('client_id')
          .where('client_id', '=', client_id)
          .where('created_at', '>=', at)
          .executeTakeFirst();
        if (since) return false;
      }
      const made = await db
        .insertInto('identity.client_secrets')
        .values({ secret_hash, client_id, created_at, ends_at: null, command_id })
        .onConflict((conflict) => conflict.column('command_id').doNothing())
        .executeTakeFirst();
      if (made.numInsertedOrUpdatedRows === 0n) return false;
      await db
        .deleteFrom('identity.client_secrets')
        .where('client_id', '=', client_id)
        .where('ends_at', '<=', now)
        .execute();
      await db
        .updateTable('identity.client_secrets')
        .set({ ends_at: previousUntil })
        .where('client_id', '=', client_id)
        .where('secret_hash', '<>', secret_hash)
        .where(({ eb, or }) => or([eb('ends_at', 'is', null), eb('ends_at', '>', previousUntil)]))
        .execute();
      return true;
    });
    return isMade ? secret : undefined;
  }

  async isRight(clientId: string, secret: string, now: Date, since: Date | undefined): Promise<boolean> {
    const row = await this.db
      .selectFrom('identity.client_secrets')
      .select('client_id')
      .where('secret_hash', '=', digest(secret))
      .where('client_id', '=', clientId)
      .where(({ eb, or }) => or([eb('ends_at', 'is', null), eb('ends_at', '>', now)]))
      .$if(since !== undefined, (query) => query.where('created_at', '>=', since!))
      .executeTakeFirst();
    return row !== undefined;
  }

  async forget(clientId: string): Promise<void> {
    await this.db.deleteFrom('identity.client_secrets').where('client_id', '=', clientId).execute();
  }
}

const digest = (secret: string): Buffer => createHash('sha256').update(secret).digest();
