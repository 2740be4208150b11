import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql, type Kysely } from 'kysely';
import { Database } from '#libs/postgres/infrastructure/database';
import { LoginFailures, lockAfter } from '../application/login-failures.js';
import type { IdentityTables } from './identity.tables.js';

/** After a day without another wrong password an account starts anew; its row goes with the next count of anybody. */
const MEMORY_MS = 24 * 60 * 60 * 1000;

@Injectable()
export class PostgresLoginFailures extends LoginFailures {
  private readonly db: Kysely<IdentityTables>;

  constructor(database: Database) {
    super();
    this.db = database.kysely<IdentityTables>();
  }

  async lockedUntil(account: string): Promise<Date | undefined> {
    const row = await this.db
      .selectFrom('identity.login_failures')
      .select('locked_until')
      .where('account', '=', digest(account))
      .executeTakeFirst();
    return row?.locked_until ?? undefined;
  }

  async count(account: string, now: Date): Promise<void> {
    const forgotten = new Date(now.getTime() - MEMORY_MS);
    const { failures } = await this.db
      .insertInto('identity.login_failures')
      .values({ account: digest(account), failures: 1, last_failure: now, locked_until: null })
      .onConflict((conflict) =>
        conflict.column('account').doUpdateSet((row) => ({
          failures: sql<number>`case when ${row.ref('identity.login_failures.last_failure')} < ${forgotten}
            then 1 else ${row.ref('identity.login_failures.failures')} + 1 end`,
          last_failure: now,
        })),
      )
      .returning('failures')
      .executeTakeFirstOrThrow();
    const locked = lockAfter(failures);
    if (locked > 0)
      await this.db
        .updateTable('identity.login_failures')
        .set({ locked_until: new Date(now.getTime() + locked) })
        .where('account', '=', digest(account))
        .execute();
    // A few at a time: names that nobody has must not pile up.
    await this.db
      .deleteFrom('identity.login_failures')
      .where(({ eb, selectFrom }) =>
        eb(
          'account',
          'in',
          selectFrom('identity.login_failures').select('account').where('last_failure', '<', forgotten).limit(10),
        ),
      )
      .execute();
  }

  async forget(account: string): Promise<void> {
    await this.db.deleteFrom('identity.login_failures').where('account', '=', digest(account)).execute();
  }
}

const digest = (account: string): Buffer => createHash('sha256').update(account).digest();
