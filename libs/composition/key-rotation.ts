import { linkSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Pool } from 'pg';
import { rewrapSubjectKeys } from '#libs/event-store/infrastructure/rewrap-subject-keys';
import type { Config } from './config.js';
import { keyFilesOf, KeyError, makeFile, newSecret, newSigningKey, readKeyEncryptionKey, readKeys } from './keys.js';
import { signingEntriesOf, signingKeysOf } from './signing-keys.js';

/**
 * Puts a new signing key on top of the file: it signs from the next start on, those below it go on checking. It is of
 * the kind of the one that signed before.
 * @returns the names of all keys, the new one first
 * @throws KeyError
 */
export function addSigningKey(config: Config): readonly string[] {
  const { signing } = readKeys(config);
  const signs = signing.find(({ key }) => key.type !== 'public');
  const file = keyFilesOf(config).signing;
  const text = `${signs?.key.type === 'secret' ? newSecret() : newSigningKey()}${readFileSync(file, 'utf8')}`;
  replace(file, text);
  return signingKeysOf(text, file).map(({ kid }) => kid);
}

/**
 * Leaves the key that signs, and takes away all others: tokens that they signed are refused from the next start on.
 * @returns the names of those that are gone
 * @throws KeyError
 */
export function dropOldSigningKeys(config: Config): readonly string[] {
  const { signing } = readKeys(config);
  const file = keyFilesOf(config).signing;
  const signs = signing.findIndex(({ key }) => key.type !== 'public');
  const entry = signingEntriesOf(readFileSync(file, 'utf8'), file)[signs]!;
  if (signing.length > 1) replace(file, `${entry}\n`);
  return signing.toSpliced(signs, 1).map(({ kid }) => kid);
}

export interface Rewrapped {
  readonly keys: number;
  /** Where the new key-encryption key is. */
  readonly file: string;
  /** Where the one before is kept: backups from before need it. */
  readonly before: string;
}

/**
 * Wraps the keys of data subjects by a new key-encryption key. Interrupted, the same again brings it to its end.
 * Nothing else may run meanwhile.
 * @param to the file of the new key; unless told, one is made and takes the place of the old one
 * @throws KeyError
 */
export async function rotateKeyEncryption(config: Config, pool: Pool, now: Date, to?: string): Promise<Rewrapped> {
  const file = keyFilesOf(config).keyEncryption;
  const fresh = to ?? `${file}.next`;
  if (to === undefined) orSay(file, () => makeFile(fresh, newSecret));
  const [old, next] = [readKeyEncryptionKey(file), readKeyEncryptionKey(fresh)];
  if (Buffer.compare(old, next) === 0)
    throw new KeyError(`The key in ${fresh} is the one that wraps already: name a file with another one.`);
  const keys = await rewrapSubjectKeys(pool, old, next);
  // What the rows held before lies in the file of the table until something else takes its place.
  await pool.query('VACUUM (FULL) keys.subject_keys');
  if (to !== undefined) return { keys, file: to, before: file };
  const before = `${file}.until-${now.toISOString().replaceAll(/[:.]/g, '-')}`;
  linkSync(file, before);
  renameSync(fresh, file);
  return { keys, file, before };
}

function replace(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  orSay(file, () => {
    writeFileSync(draft, text, { mode: 0o600, flush: true });
    renameSync(draft, file);
  });
}

/** @throws KeyError when the folder of a key file cannot be written to */
function orSay(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw new KeyError(`The key file ${file} cannot be replaced: ${(error as NodeJS.ErrnoException).code}.`);
  }
}
