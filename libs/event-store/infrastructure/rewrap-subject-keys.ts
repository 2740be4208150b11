import { createSecretKey } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { unwrapKey, wrapKey } from './subject-key.js';

/** Keys in memory at a time. */
const AT_ONCE = 5_000;

type Keys = readonly { readonly key_id: string; readonly wrapped_key: Buffer }[];

/**
 * Wraps the keys of data subjects by another key-encryption key: all of them or none, and nobody makes one meanwhile.
 * Nothing in the log changes.
 * @returns how many; 0 also when they are wrapped by it already
 * @throws Error when they are wrapped by neither of the two
 */
export async function rewrapSubjectKeys(pool: Pool, from: Uint8Array, to: Uint8Array): Promise<number> {
  const [before, after] = [createSecretKey(from), createSecretKey(to)];
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE keys.subject_keys IN SHARE ROW EXCLUSIVE MODE');
    let count = 0;
    for (let keys = await next(client); keys.length > 0; keys = await next(client, keys.at(-1)!.key_id)) {
      if (count === 0 && areWrappedBy(keys, to)) break;
      const wrapped = keys.map(({ key_id, wrapped_key }) =>
        wrapKey(after, key_id, unwrapKey(before, key_id, wrapped_key)),
      );
      await client.query(
        `UPDATE keys.subject_keys AS k SET wrapped_key = a.wrapped_key
           FROM unnest($1::uuid[], $2::bytea[]) AS a (key_id, wrapped_key) WHERE k.key_id = a.key_id`,
        [keys.map(({ key_id }) => key_id), wrapped],
      );
      count += keys.length;
    }
    await client.query('COMMIT');
    return count;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function next(client: PoolClient, after = '00000000-0000-0000-0000-000000000000'): Promise<Keys> {
  const { rows } = await client.query<Keys[number]>(
    `SELECT key_id, wrapped_key FROM keys.subject_keys
      WHERE wrapped_key IS NOT NULL AND key_id > $1 ORDER BY key_id LIMIT $2`,
    [after, AT_ONCE],
  );
  return rows;
}

function areWrappedBy([{ key_id, wrapped_key } = { key_id: '', wrapped_key: Buffer.of() }]: Keys, key: Uint8Array) {
  try {
    unwrapKey(createSecretKey(key), key_id, wrapped_key);
    return true;
  } catch {
    return false;
  }
}
