import { createHash } from 'node:crypto';
import { sql, type Kysely } from 'kysely';
import type { Database } from '#libs/postgres/infrastructure/database';
import { FREE_TRIES, lockAfter, LoginFailures } from '../application/login-failures.js';
import type { IdentityTables } from './identity.tables.js';

/** After a day without another wrong password a count starts anew; its row goes with the next count of anybody. */
const MEMORY_MS = 24 * 60 * 60 * 1000;

export class PostgresLoginFailures extends LoginFailures {
  private readonly db: Kysely<IdentityTables>;

  /** @param perNetwork wrong passwords a network may have before it is locked; 0 = networks are not counted */
  constructor(
    database: Database,
    private readonly perNetwork: number,
  ) {
    super();
    this.db = database.kysely<IdentityTables>();
  }

  async lockedUntil(account: string, network: string | undefined): Promise<Date | undefined> {
    const keys = this.counted(account, network).map(({ key }) => key);
    const { until } = await this.db
      .selectFrom('identity.login_failures')
      .select(({ fn }) => fn.max('locked_until').as('until'))
      .where('account', 'in', keys)
      .executeTakeFirstOrThrow();
    return until ?? undefined;
  }

  async count(account: string, network: string | undefined, now: Date): Promise<void> {
    const forgotten = new Date(now.getTime() - MEMORY_MS);
    for (const { key, freeTries } of this.counted(account, network)) {
      const failures = await this.add(key, now, forgotten);
      const locked = lockAfter(failures, freeTries);
      if (locked > 0)
        await this.db
          .updateTable('identity.login_failures')
          .set({ locked_until: new Date(now.getTime() + locked) })
          .where('account', '=', key)
          .execute();
    }
    await this.forgetOld(forgotten);
  }

  async forget(account: string): Promise<void> {
    await this.db
      .deleteFrom('identity.login_failures')
      .where('account', '=', digest(`account ${account}`))
      .execute();
  }

  private counted(account: string, network: string | undefined): { key: Buffer; freeTries: number }[] {
    const both = [{ key: digest(`account ${account}`), freeTries: FREE_TRIES }];
    if (network !== undefined && this.perNetwork > 0)
      both.push({ key: digest(`network ${network}`), freeTries: this.perNetwork });
    return both;
  }

  /** @returns how many they are now */
  private async add(key: Buffer, now: Date, forgotten: Date): Promise<number> {
    const { failures } = await this.db
      .insertInto('identity.login_failures')
      .values({ account: key, failures: 1, last_failure: now, locked_until: null })
      .onConflict((conflict) =>
        conflict.column('account').doUpdateSet((row) => ({
          failures: sql<number>`case when ${row.ref('identity.login_failures.last_failure')} < ${forgotten}
            then 1 else ${row.ref('identity.login_failures.failures')} + 1 end`,
          last_failure: now,
        })),
      )
      .returning('failures')
      .executeTakeFirstOrThrow();
    return failures;
  }

  /** A few at a time: names that nobody has, and networks, must not pile up. */
  private async forgetOld(forgotten: Date): Promise<void> {
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
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
