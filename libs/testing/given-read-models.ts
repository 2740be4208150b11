import type { Pool } from 'pg';
import type { Position } from '#libs/event-store/application/event-store';
import { Database } from '#libs/postgres/infrastructure/database';
import { ReadModels } from '#libs/processing/application/read-models';
import type { GivenTables } from './read-model.js';

/** The tables a test has filled, as queries find them in production. */
class GivenReadModels extends ReadModels {
  constructor(
    private readonly table: (logical: string) => string,
    private readonly parked: ReadonlySet<string>,
  ) {
    super();
  }

  override tableName(_group: string, table: string): string {
    return this.table(table).replaceAll('"', '');
  }

  override read<T>(_group: string, query: (table: (name: string) => string) => Promise<T>): Promise<T> {
    return query((name) => this.tableName('', name));
  }

  override position(): Position | undefined {
    return undefined;
  }

  override async stale(_group: string, partitions: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(partitions.filter((partition) => this.parked.has(partition)));
  }
}

const databases = new WeakMap<Pool, Database>();

/** One for each pool, so that what it reads with is made once. */
function databaseOver(pool: Pool): Database {
  const database = databases.get(pool) ?? new Database(pool);
  databases.set(pool, database);
  return database;
}

/** What the query classes of rooms are made with, over the tables of `given(events).query(…)`. */
export const queriesOver = ({ pool, table }: GivenTables, parked: readonly string[] = []): [Database, ReadModels] => [
  databaseOver(pool),
  new GivenReadModels(table, new Set(parked)),
];
