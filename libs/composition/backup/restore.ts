import type { Pool, PoolClient } from 'pg';
import { compareLogs, copyLog } from '#libs/event-store/application/log-copy';
import { PostgresSubjectKeys } from '#libs/event-store/infrastructure/postgres-subject-keys';
import { NodeHashing } from '#libs/kernel/infrastructure/node-hashing';
import type { Core } from '../core.js';
import { Digest, readArchive, type ArchiveRecord, type SectionName, type SectionSum } from './archive.js';
import { ArchivedLog } from './archived-log.js';
import { linesOf, tableNames, writeLines } from './tables.js';
import { PlainError } from '../plain-error.js';

/** There is something here already, or what is here cannot take the backup. */
export class RestoreRefused extends PlainError {}

export interface Restored {
  readonly sums: readonly SectionSum[];
  /** Every section was read back and has the checksum of the backup. */
  readonly equal: boolean;
  readonly differences: readonly string[];
}

export interface RestoreProgress {
  readonly events: number;
  readonly of: number;
}

type Installation = Pick<Core, 'store' | 'database' | 'facts' | 'keys'>;

/**
 * Puts a backup into an empty installation and proves that what is there now is what was written. Nothing is touched
 * before the whole file was checked and its keys were found to fit; interrupted, the same restore goes on.
 * @throws DamagedBackup, RestoreRefused
 */
export async function restoreBackup(
  installation: Installation,
  file: string,
  onProgress: (progress: RestoreProgress) => void = () => undefined,
): Promise<Restored> {
  const { store, database, facts } = installation;
  const before = await facts.read('restore');
  const isEmpty = store.compare(await store.head(), store.start) === 0;
  if (before?.complete === false) {
    const sums = await sumsOf(file);
    if (before.fingerprint !== fingerprintOf(sums))
      throw new RestoreRefused('The restore of another backup was interrupted here; finish that one, or begin anew.');
    return finish(installation, file, sums, onProgress);
  }
  if (!isEmpty || (await holdsRows(database.pool)))
    throw new RestoreRefused('This installation is not empty: a backup is restored into a fresh DATA_DIR or database.');
  const sums = await restoreTables(installation, file);
  return finish(installation, file, sums, onProgress);
}

async function finish(
  installation: Installation,
  file: string,
  sums: readonly SectionSum[],
  onProgress: (progress: RestoreProgress) => void,
): Promise<Restored> {
  const { store, facts } = installation;
  const of = countOf(sums, 'events');
  const source = new ArchivedLog(file);
  await copyLog(source, store, { onProgress: ({ events }) => onProgress({ events, of }) });
  const differences = await differencesFrom(installation, file, sums);
  if (!differences.length) await facts.write('restore', { fingerprint: fingerprintOf(sums), complete: true });
  return { sums, equal: differences.length === 0, differences };
}

/** Keys and password hashes in one transaction, which ends well only if the file does and its keys open. */
async function restoreTables({ database, keys, facts }: Installation, file: string): Promise<readonly SectionSum[]> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    let sums: readonly SectionSum[] = [];
    let demo: { anchor: string; complete: boolean } | undefined;
    for await (const part of readArchive(file)) {
      if ('sums' in part) ({ sums } = part);
      if (!('records' in part)) continue;
      for (const name of tableNames) await writeLines(client, name, linesIn(part.records, name));
      for (const line of linesIn(part.records, 'facts'))
        demo = (JSON.parse(line) as { value: { anchor: string; complete: boolean } }).value;
    }
    await checkKeys(client, keys.keyEncryptionKey);
    await client.query('COMMIT');
    if (demo) await facts.write('demo', demo);
    await facts.write('restore', { fingerprint: fingerprintOf(sums), complete: false });
    return sums;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

async function checkKeys(client: PoolClient, keyEncryptionKey: Uint8Array): Promise<void> {
  const { rows } = await client.query<{ key_id: string }>(
    'SELECT key_id FROM keys.subject_keys WHERE wrapped_key IS NOT NULL LIMIT 1',
  );
  const [some] = rows;
  if (!some) return;
  try {
    await new PostgresSubjectKeys(client as unknown as Pool, keyEncryptionKey).byIds([some.key_id]);
  } catch (cause) {
    throw new RestoreRefused(
      'The keys in this backup were wrapped by another key-encryption key. ' +
        'Put the one of the old installation in place first (KEY_ENCRYPTION_KEY_FILE, or key-encryption.key in DATA_DIR).',
      { cause },
    );
  }
}

async function differencesFrom(
  { store, database }: Installation,
  file: string,
  sums: readonly SectionSum[],
): Promise<string[]> {
  const differences: string[] = [];
  const logs = await compareLogs(new ArchivedLog(file), store, new NodeHashing());
  const events = sums.find(({ section }) => section === 'events');
  if (!logs.equal || logs.sha256[1] !== events?.sha256 || logs.events[1] !== events.count)
    differences.push(
      `events${logs.difference ? ` from ${logs.difference.streamId}@${logs.difference.revision} on` : ''}`,
    );
  for (const name of tableNames) {
    const digest = new Digest();
    for await (const lines of linesOf(database.pool, name)) for (const line of lines) digest.add(line);
    const found = digest.sum(name);
    // A backup from before there was such a section has nothing of it.
    const written = sums.find(({ section }) => section === name) ?? new Digest().sum(name);
    if (found.sha256 !== written.sha256 || found.count !== written.count) differences.push(name);
  }
  return differences;
}

async function holdsRows(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    'SELECT EXISTS (SELECT FROM keys.subject_keys) OR EXISTS (SELECT FROM identity.credentials) AS found',
  );
  return rows[0]!.found;
}

async function sumsOf(file: string): Promise<readonly SectionSum[]> {
  let sums: readonly SectionSum[] = [];
  for await (const part of readArchive(file)) if ('sums' in part) ({ sums } = part);
  return sums;
}

const linesIn = (records: readonly ArchiveRecord[], name: SectionName): string[] =>
  records.filter(({ section }) => section === name).map(({ line }) => line);

const countOf = (sums: readonly SectionSum[], name: SectionName): number =>
  sums.find(({ section }) => section === name)?.count ?? 0;

const fingerprintOf = (sums: readonly SectionSum[]): string => sums.map(({ sha256 }) => sha256).join('.');
