import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import type { Pool } from 'pg';
import { createPool, namedStatements, type PoolOptions } from './pool.js';
import { WorkspaceReader } from './workspace-reader.js';

/** The PostgreSQL all rooms share: `pool` for what is written by hand, `kysely()` for what reads tables. */
export class Database {
  private readonly untyped: Kysely<never>;
  private reader: WorkspaceReader | undefined;

  constructor(readonly pool: Pool) {
    this.untyped = new Kysely<never>({
      dialect: new PostgresDialect({ pool: namedStatements(pool) as unknown as PostgresPool }),
    });
  }

  static connect(options: PoolOptions): Database {
    return new Database(createPool(options));
  }

  get connectionString(): string {
    return this.pool.options.connectionString ?? '';
  }

  /** Each room names the tables it reads: `database.kysely<IdentityTables>()`. */
  kysely<Tables>(): Kysely<Tables> {
    return this.untyped as unknown as Kysely<Tables>;
  }

  /** What read models are read with: it sees the rows of this workspace and no others, and changes nothing. */
  reading(workspaceId: string): Kysely<never> {
    this.reader ??= new WorkspaceReader(this.pool);
    return this.reader.of(workspaceId);
  }

  async close(): Promise<void> {
    await this.reader?.close();
    await this.untyped.destroy();
    if (!this.pool.ended) await this.pool.end();
  }
}
