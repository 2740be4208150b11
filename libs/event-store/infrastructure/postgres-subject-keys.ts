import { createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Pool, QueryConfig } from 'pg';
import { EventStoreUnavailable } from '../application/errors.js';
import { SubjectKeys, type SubjectKey } from '../application/subject-keys.js';
import { backOff, isTransient, pause } from './postgres-faults.js';
import { AesSubjectKey, unwrapKey, wrapKey } from './subject-key.js';

interface KeyRow {
  key_id: string;
  wrapped_key: Buffer | null;
}

/** Somebody who waits for the live key of a subject. */
interface Asked {
  readonly subjectRef: string;
  readonly resolve: (key: SubjectKey) => void;
  readonly reject: (error: unknown) => void;
}

const KEY_BYTES = 32;
const MOST_AT_ONCE = 256;
const MAX_TRIES = 3;

/** Sorted, so that two processes that make keys of the same subjects never wait for each other in a circle. */
const FIND_OR_MAKE = `
  WITH made AS (
    INSERT INTO keys.subject_keys (key_id, subject_ref, wrapped_key)
    SELECT a.key_id, a.subject_ref, a.wrapped_key
      FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS a (key_id, subject_ref, wrapped_key)
     WHERE (SELECT k.key_id FROM keys.subject_keys k
             WHERE k.subject_ref = a.subject_ref AND k.shredded_at IS NULL) IS NULL
     ORDER BY a.subject_ref
    ON CONFLICT (subject_ref) WHERE shredded_at IS NULL DO NOTHING
    RETURNING key_id, subject_ref, wrapped_key)
  SELECT key_id, subject_ref, wrapped_key FROM made
  UNION ALL
  SELECT key_id, subject_ref, wrapped_key FROM keys.subject_keys
   WHERE subject_ref = ANY ($2::uuid[]) AND shredded_at IS NULL`;

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
  #asked: Asked[] = [];
  #answering = false;

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
      making = this.live(subjectRef).finally(() => this.#making.delete(subjectRef));
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
      const rows = await this.ask({
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
    // Once only: sent again, it would not tell which keys it was.
    const rows = await this.ask(
      {
        name: 'keys.destroy',
        text: `UPDATE keys.subject_keys SET wrapped_key = NULL, shredded_at = clock_timestamp()
               WHERE subject_ref = $1 AND shredded_at IS NULL RETURNING key_id, NULL::bytea AS wrapped_key`,
        values: [subjectRef],
      },
      1,
    );
    this.#live.delete(subjectRef);
    for (const row of rows) this.remember(row);
  }

  /** While one statement is under way, those who come wait, and the next answers them all: one flush to disk for many. */
  private live(subjectRef: string): Promise<SubjectKey> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ subjectRef, resolve, reject });
      if (!this.#answering) void this.answerAll();
    });
  }

  private async answerAll(): Promise<void> {
    this.#answering = true;
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#asked.length > 0) await this.answer(this.#asked.splice(0, MOST_AT_ONCE));
    this.#answering = false;
  }

  private async answer(asked: readonly Asked[]): Promise<void> {
    try {
      const keys = await this.findOrMake(asked.map(({ subjectRef }) => subjectRef));
      for (const { subjectRef, resolve } of asked) resolve(keys.get(subjectRef)!);
    } catch (error) {
      if (asked.length === 1 || error instanceof EventStoreUnavailable)
        return asked.forEach(({ reject }) => reject(error));
      // The statement was refused as a whole: asked alone, only the one at fault fails.
      for (const one of asked) await this.answer([one]);
    }
  }

  private async findOrMake(subjectRefs: readonly string[]): Promise<ReadonlyMap<string, SubjectKey>> {
    const fresh = new Map<string, Buffer>(subjectRefs.map(() => [randomUUID(), randomBytes(KEY_BYTES)]));
    const wrapped = [...fresh].map(([keyId, key]) => wrapKey(this.keyEncryptionKey, keyId, key));
    const rows = await this.ask<KeyRow & { subject_ref: string; wrapped_key: Buffer }>({
      name: 'keys.find-or-make',
      text: FIND_OR_MAKE,
      values: [[...fresh.keys()], subjectRefs, wrapped],
    });
    const keys = new Map<string, SubjectKey>();
    for (const { key_id, subject_ref, wrapped_key } of rows) {
      const key = new AesSubjectKey(key_id, fresh.get(key_id) ?? unwrapKey(this.keyEncryptionKey, key_id, wrapped_key));
      keys.set(subject_ref, this.keep(subject_ref, key));
    }
    // Another process made them after the statement had begun to look.
    const missing = subjectRefs.filter((ref) => !keys.has(ref));
    if (missing.length > 0) for (const [ref, key] of await this.findOrMake(missing)) keys.set(ref, key);
    return keys;
  }

  /** @throws EventStoreUnavailable when the database did not answer any of the tries. */
  private async ask<Row extends KeyRow = KeyRow>(query: QueryConfig, tries = MAX_TRIES): Promise<Row[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await this.pool.query<Row>(query)).rows;
      } catch (cause) {
        if (!isTransient(cause)) throw cause;
        if (attempt >= tries) throw new EventStoreUnavailable('The keys of the log cannot be reached.', { cause });
        await pause(backOff(attempt, 50, 1000));
      }
    }
  }

  private keep(subjectRef: string, key: SubjectKey): SubjectKey {
    this.#live.set(subjectRef, key);
    this.#byId.set(key.keyId, { key });
    return key;
  }

  private remember({ key_id, wrapped_key }: KeyRow): SubjectKey | 'erased' {
    const key =
      wrapped_key === null
        ? 'erased'
        : new AesSubjectKey(key_id, unwrapKey(this.keyEncryptionKey, key_id, wrapped_key));
    this.#byId.set(key_id, { key });
    return key;
  }
}
