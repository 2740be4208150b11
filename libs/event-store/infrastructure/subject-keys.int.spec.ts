import { jest } from '@jest/globals';
import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '#libs/testing/postgres';
import { personKeyRef, subjectKeyRef, type SubjectKeys } from '../application/subject-keys.js';
import { InMemorySubjectKeys } from './in-memory-subject-keys.js';
import { PostgresSubjectKeys } from './postgres-subject-keys.js';
import { rewrapSubjectKeys } from './rewrap-subject-keys.js';

let database: TestDatabase;
const keyEncryptionKey = randomBytes(32);
beforeAll(async () => (database = await testDatabase()));
afterAll(() => database.close());

const inPostgres = (kek = keyEncryptionKey, options = {}) => new PostgresSubjectKeys(database.pool, kek, options);

describe.each([
  ['in PostgreSQL', () => inPostgres()],
  ['in memory', () => new InMemorySubjectKeys()],
])('keys of data subjects %s', (_, make: () => SubjectKeys) => {
  it('seal for a place and open there only', async () => {
    const key = await make().current(randomUUID());
    const sealed = key.encrypt('Ann Smith', 'event/title');
    expect(key.decrypt(sealed, 'event/title')).toBe('Ann Smith');
    expect(key.encrypt('Ann Smith', 'event/title')).not.toEqual(sealed);
    expect(() => key.decrypt(sealed, 'event/other')).toThrow();
    const flipped = Buffer.from(sealed.ct, 'base64');
    flipped[0]! ^= 1;
    expect(() => key.decrypt({ ...sealed, ct: flipped.toString('base64') }, 'event/title')).toThrow();
    expect(() => key.decrypt({ iv: '', ct: '' }, 'event/title')).toThrow('Not a sealed value.');
  });

  it('hash under a key of their own: the same subject the same, another another', async () => {
    const keys = make();
    const [ann, bob] = [await keys.current(randomUUID()), await keys.current(randomUUID())];
    expect(ann.hmac('x')).toMatch(/^[0-9a-f]{64}$/);
    expect(ann.hmac('x')).toBe(ann.hmac(Buffer.from('x')));
    expect(ann.hmac('x')).not.toBe(ann.hmac('y'));
    expect(ann.hmac('x')).not.toBe(bob.hmac('x'));
  });

  it('are one per subject until destroyed, and then another', async () => {
    const keys = make();
    const [ref, other] = [randomUUID(), randomUUID()];
    const first = await keys.current(ref);
    const kept = await keys.current(other);
    expect((await keys.current(ref)).keyId).toBe(first.keyId);
    await keys.destroy(ref);
    await keys.destroy(ref);
    await keys.destroy(randomUUID());
    const second = await keys.current(ref);
    expect(second.keyId).not.toBe(first.keyId);
    const unknown = randomUUID();
    const found = await keys.byIds([first.keyId, second.keyId, kept.keyId, unknown]);
    expect(found.get(first.keyId)).toBe('erased');
    expect(found.get(unknown)).toBe('erased');
    expect(found.get(second.keyId)).toMatchObject({ keyId: second.keyId });
    expect(found.get(kept.keyId)).toMatchObject({ keyId: kept.keyId });
  });
});

describe('keys in PostgreSQL', () => {
  it('are the same in every process, also when all ask first at once', async () => {
    const ref = randomUUID();
    const keys = await Promise.all(Array.from({ length: 8 }, () => inPostgres().current(ref)));
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1);
    const sealed = keys[0]!.encrypt('x', 'p');
    const read = (await inPostgres().byIds([keys[0]!.keyId])).get(keys[0]!.keyId);
    expect(read !== 'erased' && read?.decrypt(sealed, 'p')).toBe('x');
    expect(read !== 'erased' && read?.hmac('x')).toBe(keys[0]!.hmac('x'));
  });

  it('are made for many subjects in one statement, and a wrong one among them fails alone', async () => {
    const keys = inPostgres();
    const known = randomUUID();
    const { keyId } = await inPostgres().current(known);
    const refs = [known, ...Array.from({ length: 20 }, () => randomUUID())];
    const asked = jest.spyOn(database.pool, 'query');
    const made = await Promise.all(refs.map((ref) => keys.current(ref)));
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockRestore();
    expect(made[0]!.keyId).toBe(keyId);
    expect(new Set(made.map((key) => key.keyId)).size).toBe(refs.length);
    const again = await Promise.all(refs.toReversed().map((ref) => inPostgres().current(ref)));
    expect(again.toReversed().map((key) => key.keyId)).toEqual(made.map((key) => key.keyId));

    const [wrong, right] = await Promise.allSettled([keys.current('not-a-uuid'), keys.current(randomUUID())]);
    expect([wrong.status, right.status]).toEqual(['rejected', 'fulfilled']);
  });

  it('are asked for again when the connection was lost', async () => {
    const keys = inPostgres();
    const { keyId } = await keys.current(randomUUID());
    const other = await database.pool.connect();
    try {
      await other.query('BEGIN; LOCK TABLE keys.subject_keys IN ACCESS EXCLUSIVE MODE');
      const asked = Promise.all([keys.current(randomUUID()), inPostgres().byIds([keyId])]);
      for (let cut = 0; cut < 2;) {
        const { rowCount } = await other.query(
          `SELECT pg_terminate_backend(pid) FROM pg_locks
           WHERE NOT granted AND relation = 'keys.subject_keys'::regclass`,
        );
        cut += rowCount ?? 0;
      }
      await other.query('ROLLBACK');
      const [made, read] = await asked;
      expect((await inPostgres().byIds([made.keyId])).get(made.keyId)).toHaveProperty('keyId', made.keyId);
      expect(read.get(keyId)).toHaveProperty('keyId', keyId);
    } finally {
      other.release();
    }
  });

  it('that cannot be reached are an event store that cannot be reached', async () => {
    const nobody = new pg.Pool({ host: '127.0.0.1', port: 1 });
    const keys = new PostgresSubjectKeys(nobody, keyEncryptionKey);
    const asked = [keys.current(randomUUID()), keys.byIds([randomUUID()]), keys.destroy(randomUUID())];
    for (const each of await Promise.allSettled(asked))
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'event-store-unavailable' } });
    await nobody.end();
  });

  it('are asked for once and then kept', async () => {
    const keys = inPostgres();
    const { keyId } = await keys.current(randomUUID());
    const asked = jest.spyOn(database.pool, 'query');
    await keys.byIds([keyId]);
    expect(asked).not.toHaveBeenCalled();
    asked.mockRestore();
  });

  it('lie there wrapped, and leave nothing when destroyed', async () => {
    const ref = randomUUID();
    const key = await inPostgres().current(ref);
    const rows = async () =>
      (await database.pool.query('SELECT * FROM keys.subject_keys WHERE subject_ref = $1', [ref])).rows;
    const [before] = await rows();
    expect(before.wrapped_key).toHaveLength(12 + 32 + 16);
    await inPostgres().destroy(ref);
    const [after] = await rows();
    expect(after).toMatchObject({ key_id: key.keyId, wrapped_key: null, shredded_at: expect.any(Date) });
    expect((await inPostgres().byIds([key.keyId])).get(key.keyId)).toBe('erased');
  });

  it('are of no use under another key of the configuration, and say so', async () => {
    const { keyId } = await inPostgres().current(randomUUID());
    await expect(inPostgres(randomBytes(32)).byIds([keyId])).rejects.toThrow(
      `The key ${keyId} was not wrapped by the configured key-encryption key.`,
    );
    expect(() => inPostgres(randomBytes(16))).toThrow('32 bytes');
  });

  it('are wrapped by another key all at once, read as before, and not twice', async () => {
    const next = randomBytes(32);
    const refs = Array.from({ length: 20 }, () => randomUUID());
    const keys = await Promise.all(refs.map((ref) => inPostgres().current(ref)));
    const sealed = keys.map((key, i) => key.encrypt(`secret ${i}`, 'x'));
    await inPostgres().destroy(refs[0]!);
    const opened = async (kek: typeof keyEncryptionKey) => {
      const found = await inPostgres(kek).byIds(keys.map(({ keyId }) => keyId));
      return keys.map(({ keyId }, i) => {
        const key = found.get(keyId)!;
        return key === 'erased' ? key : key.decrypt(sealed[i]!, 'x');
      });
    };
    const expected = ['erased', ...keys.slice(1).map((_, i) => `secret ${i + 1}`)];

    await expect(rewrapSubjectKeys(database.pool, randomBytes(32), next)).rejects.toThrow('was not wrapped by');
    expect(await opened(keyEncryptionKey)).toEqual(expected);
    expect(await rewrapSubjectKeys(database.pool, keyEncryptionKey, next)).toBeGreaterThan(18);
    expect(await opened(next)).toEqual(expected);
    await expect(opened(keyEncryptionKey)).rejects.toThrow('was not wrapped by');
    expect(await rewrapSubjectKeys(database.pool, keyEncryptionKey, next)).toBe(0);
    await rewrapSubjectKeys(database.pool, next, keyEncryptionKey);
    expect(await opened(keyEncryptionKey)).toEqual(expected);
  });

  it('are forgotten after a while, so that a destruction elsewhere is seen', async () => {
    const keys = inPostgres(keyEncryptionKey, { cachedForMs: 30 });
    const ref = randomUUID();
    const { keyId } = await keys.current(ref);
    await inPostgres().destroy(ref);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect((await keys.byIds([keyId])).get(keyId)).toBe('erased');
    expect((await keys.current(ref)).keyId).not.toBe(keyId);
  });
});

it('names the subjects of keys without saying who they are', () => {
  expect(subjectKeyRef('demo', 'loan', '1')).toMatch(/^[0-9a-f-]{36}$/);
  expect(subjectKeyRef('demo', 'loan', '1')).not.toBe(subjectKeyRef('other', 'loan', '1'));
  expect(personKeyRef('usr_ann')).not.toBe(personKeyRef('usr_bob'));
});
