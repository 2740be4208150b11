import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Pool, PoolClient } from 'pg';
import { createPool, preparing } from './pool.js';

/** Takes a role for the whole life of a connection. */
const AS_READER = '-c role=countersign_reader';
const WORKSPACE = {
  name: 'workspace',
  text: `SELECT set_config('countersign.workspace', $1, false)`,
};
/** Beyond this many workspaces, what reads the one asked for longest ago is made anew. */
const MOST_WORKSPACES = 1000;

/**
 * Reads of one workspace: by a role that sees only its rows, whatever the query says. A connection keeps the workspace it
 * was given last; another one is told to it in the same piece as the query, so that none costs a round trip.
 */
export class WorkspaceReader {
  private readonly pool: Pool;
  /** What each connection was told last. */
  private readonly told = new WeakMap<PoolClient, string>();
  private readonly readers = new LRUCache<string, Kysely<never>>({ max: MOST_WORKSPACES });

  /** @param owner whose server and size it takes over */
  constructor(owner: Pool) {
    const { connectionString = '', max, idleTimeoutMillis, allowExitOnIdle } = owner.options;
    this.pool = createPool({
      connectionString,
      max,
      idleTimeoutMillis: idleTimeoutMillis ?? 30_000,
      ...(allowExitOnIdle === undefined ? {} : { allowExitOnIdle }),
      application_name: 'countersign reading',
      options: AS_READER,
      pipeline: true,
      onIdleError: (error) => owner.emit('error', error, undefined as never),
    });
  }

  /** Its statements are prepared, once per connection. */
  of(workspaceId: string): Kysely<never> {
    const known = this.readers.get(workspaceId);
    if (known) return known;
    const pool = {
      connect: async () => this.reading(await this.pool.connect(), workspaceId),
      end: async () => undefined,
      options: this.pool.options,
    };
    const reader = new Kysely<never>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
    this.readers.set(workspaceId, reader);
    return reader;
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private reading(client: PoolClient, workspaceId: string) {
    const { query, release } = preparing(client);
    return {
      release,
      query: async (text: unknown, values?: readonly unknown[]) => {
        if (this.told.get(client) === workspaceId) return query(text, values);
        this.told.delete(client);
        // A question whose workspace could not be told gets no answer: it would be of the one before.
        const [, answer] = await Promise.all([
          client.query({ ...WORKSPACE, values: [workspaceId] }),
          query(text, values),
        ]);
        this.told.set(client, workspaceId);
        return answer;
      },
    };
  }
}
