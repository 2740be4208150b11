import { createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { SubjectKeys, type SubjectKey } from '../application/subject-keys.js';
import { AesSubjectKey, openBytes, sealBytes } from './subject-key.js';

interface KeyRow {
  key_id: string;
  wrapped_key: Buffer | null;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;

export interface PostgresSubjectKeysOptions {
  /** How many unwrapped keys this process keeps; 20,000 unless told. */
  readonly cached?: number;
  /** How long another process may go on using a key after its destruction, in milliseconds; 30,000 unless told. */
  readonly cachedForMs?: number;
}

/** Keys in `keys.subject_keys`, each wrapped by the key-encryption key of the configuration and bound to its id. */
export class PostgresSubjectKeys extends SubjectKeys {
  private readonly keyEncryptionKey: KeyObject;
  readonly #byId: LRUCache<string, { key: SubjectKey | 'erased' }>;
  readonly #live: LRUCache<string, SubjectKey>;
  readonly #making = new Map<string, Promise<SubjectKey>>();

  constructor(
    private readonly pool: Pool,
    keyEncryptionKey: Uint8Array,
    { cached = 20_000, cachedForMs = 30_000 }: PostgresSubjectKeysOptions = {},
  ) {
    super();
    if (keyEncryptionKey.length !== KEY_BYTES) throw new TypeError('The key-encryption key must have 32 bytes.');
    this.keyEncryptionKey = createSecretKey(keyEncryptionKey);
    this.#byId = new LRUCache({ max: cached, ttl: cachedForMs });
    this.#live = new LRUCache({ max: cached, ttl: cachedForMs });
  }

  override async current(subjectRef: string): Promise<SubjectKey> {
    const live = this.#live.get(subjectRef);
    if (live !== undefined) return live;
    let making = this.#making.get(subjectRef);
    if (making === undefined) {
      making = this.findOrMake(subjectRef).finally(() => this.#making.delete(subjectRef));
      this.#making.set(subjectRef, making);
    }
    return making;
  }

  override async byIds(keyIds: readonly string[]): Promise<ReadonlyMap<string, SubjectKey | 'erased'>> {
    const found = new Map<string, SubjectKey | 'erased'>();
    const unknown: string[] = [];
    for (const id of keyIds) {
      const cached = this.#byId.get(id);
      if (cached === undefined) unknown.push(id);
      else found.set(id, cached.key);
    }
    if (unknown.length > 0) {
      const { rows } = await this.pool.query<KeyRow>({
        name: 'keys.by-ids',
        text: 'SELECT key_id, wrapped_key FROM keys.subject_keys WHERE key_id = ANY ($1::uuid[])',
        values: [unknown],
      });
      for (const row of rows) found.set(row.key_id, this.remember(row));
      // Remembered as well: a restored log may name keys that never come back.
      for (const id of unknown) if (!found.has(id)) found.set(id, this.remember({ key_id: id, wrapped_key: null }));
    }
    return found;
  }

  override async destroy(subjectRef: string): Promise<void> {
    const { rows } = await this.pool.query<KeyRow>({
      name: 'keys.destroy',
      text: `UPDATE keys.subject_keys SET wrapped_key = NULL, shredded_at = clock_timestamp()
             WHERE subject_ref = $1 AND shredded_at IS NULL RETURNING key_id, NULL::bytea AS wrapped_key`,
      values: [subjectRef],
    });
    this.#live.delete(subjectRef);
    for (const row of rows) this.remember(row);
  }

  private async findOrMake(subjectRef: string): Promise<SubjectKey> {
    const found = await this.find(subjectRef);
    if (found !== undefined) return found;
    const keyId = randomUUID();
    const key = randomBytes(KEY_BYTES);
    const { rowCount } = await this.pool.query({
      name: 'keys.make',
      text: `INSERT INTO keys.subject_keys (key_id, subject_ref, wrapped_key) VALUES ($1, $2, $3)
             ON CONFLICT (subject_ref) WHERE shredded_at IS NULL DO NOTHING`,
      values: [keyId, subjectRef, this.wrap(keyId, key)],
    });
    if (rowCount === 1) return this.keep(subjectRef, new AesSubjectKey(keyId, key));
    // Another process made it between the two statements.
    return (await this.find(subjectRef)) ?? this.findOrMake(subjectRef);
  }

  private async find(subjectRef: string): Promise<SubjectKey | undefined> {
    const { rows } = await this.pool.query<KeyRow>({
      name: 'keys.current',
      text: 'SELECT key_id, wrapped_key FROM keys.subject_keys WHERE subject_ref = $1 AND shredded_at IS NULL',
      values: [subjectRef],
    });
    const key = rows[0] && this.remember(rows[0]);
    return key === undefined || key === 'erased' ? undefined : this.keep(subjectRef, key);
  }

  private keep(subjectRef: string, key: SubjectKey): SubjectKey {
    this.#live.set(subjectRef, key);
    this.#byId.set(key.keyId, { key });
    return key;
  }

  private remember({ key_id, wrapped_key }: KeyRow): SubjectKey | 'erased' {
    const key = wrapped_key === null ? 'erased' : new AesSubjectKey(key_id, this.unwrap(key_id, wrapped_key));
    this.#byId.set(key_id, { key });
    return key;
  }

  private wrap(keyId: string, key: Uint8Array): Buffer {
    const { iv, ct } = sealBytes(this.keyEncryptionKey, key, keyId);
    return Buffer.concat([iv, ct]);
  }

  private unwrap(keyId: string, wrapped: Buffer): Buffer {
    try {
      const parts = { iv: wrapped.subarray(0, NONCE_BYTES), ct: wrapped.subarray(NONCE_BYTES) };
      return openBytes(this.keyEncryptionKey, parts, keyId);
    } catch (cause) {
      throw new Error(`The key ${keyId} was not wrapped by the configured key-encryption key.`, { cause });
    }
  }
}
