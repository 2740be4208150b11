import type { Pool, PoolClient } from 'pg';

const PAGE = 1000;

interface Table {
  /** $1 is the key of the last row of the page before. */
  readonly read: string;
  readonly key: string;
  readonly first: string;
  /** $1 is a JSON array of rows as they were read. */
  readonly write: string;
}

/** The tables that no log can give back. */
export const tables = {
  keys: {
    read: `SELECT key_id, subject_ref, encode(wrapped_key, 'base64') AS wrapped_key, created_at, shredded_at
           FROM keys.subject_keys WHERE key_id > $1 ORDER BY key_id LIMIT ${PAGE}`,
    key: 'key_id',
    first: '00000000-0000-0000-0000-000000000000',
    write: `INSERT INTO keys.subject_keys (key_id, subject_ref, wrapped_key, created_at, shredded_at)
            SELECT key_id, subject_ref, decode(wrapped_key, 'base64'), created_at, shredded_at FROM json_to_recordset($1)
              AS row (key_id uuid, subject_ref uuid, wrapped_key text, created_at timestamptz, shredded_at timestamptz)`,
  },
  credentials: {
    read: `SELECT user_id, password_hash, changed_at, one_time_until, spent_at
           FROM identity.credentials WHERE user_id > $1 ORDER BY user_id LIMIT ${PAGE}`,
    key: 'user_id',
    first: '',
    write: `INSERT INTO identity.credentials (user_id, password_hash, changed_at, one_time_until, spent_at)
            SELECT user_id, password_hash, changed_at, one_time_until, spent_at FROM json_to_recordset($1)
              AS row (user_id text, password_hash text, changed_at timestamptz, one_time_until timestamptz,
                spent_at timestamptz)`,
  },
  clientSecrets: {
    read: `SELECT encode(secret_hash, 'hex') AS secret_hash, client_id, created_at, ends_at
           FROM identity.client_secrets WHERE secret_hash > decode($1, 'hex') ORDER BY secret_hash LIMIT ${PAGE}`,
    key: 'secret_hash',
    first: '',
    write: `INSERT INTO identity.client_secrets (secret_hash, client_id, created_at, ends_at)
            SELECT decode(secret_hash, 'hex'), client_id, created_at, ends_at FROM json_to_recordset($1)
              AS row (secret_hash text, client_id text, created_at timestamptz, ends_at timestamptz)`,
  },
  sealed: {
    read: `SELECT id, key_id, iv, ct, created_at
           FROM notifications.sealed WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
    key: 'id',
    first: '00000000-0000-0000-0000-000000000000',
    write: `INSERT INTO notifications.sealed (id, key_id, iv, ct, created_at)
            SELECT id, key_id, iv, ct, created_at FROM json_to_recordset($1)
              AS row (id uuid, key_id uuid, iv text, ct text, created_at timestamptz)`,
  },
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof tables;
export const tableNames = Object.keys(tables) as TableName[];

/** Every row as a line of JSON, in the order of its key. */
export async function* linesOf(pool: Pool, name: TableName): AsyncGenerator<readonly string[]> {
  const { read, key, first }: Table = tables[name];
  for (let last = first; ;) {
    const { rows } = await pool.query<Record<string, string>>(read, [last]);
    if (!rows.length) return;
    yield rows.map((row) => JSON.stringify(row));
    last = rows.at(-1)![key]!;
  }
}

export async function writeLines(client: PoolClient, name: TableName, lines: readonly string[]): Promise<void> {
  if (lines.length) await client.query(tables[name].write, [`[${lines.join(',')}]`]);
}
