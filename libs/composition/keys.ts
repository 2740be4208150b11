import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from './config.js';
import { PlainError } from './plain-error.js';

/** A key file that is missing or does not hold a key; the message names the file, never what is in it. */
export class KeyError extends PlainError {}

/** A secret that signs access tokens; `kid` names it in them. */
export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
}

export interface Keys {
  /** The first signs, all verify: put a new line above the old one to replace a key, remove the old one later. */
  readonly signing: readonly [SigningKey, ...SigningKey[]];
  /** 32 bytes that wrap the keys of data subjects. Without it nothing personal in the log can be read again. */
  readonly keyEncryptionKey: Uint8Array;
}

const KEY_BYTES = 32;

export const keyFilesOf = (config: Config) => ({
  signing: config.jwtKeyFile ?? join(config.dataDir, 'jwt.key'),
  keyEncryption: config.keyEncryptionKeyFile ?? join(config.dataDir, 'key-encryption.key'),
});

/**
 * The keys of this installation.
 * @throws KeyError when a file is missing or holds something else.
 */
export function readKeys(config: Config): Keys {
  const files = keyFilesOf(config);
  const [first, ...others] = readLines(files.signing, 'JWT_KEY_FILE').map(signingKey);
  const wrapping = readLines(files.keyEncryption, 'KEY_ENCRYPTION_KEY_FILE');
  if (!first) throw new KeyError(`JWT_KEY_FILE (${files.signing}) holds no key.`);
  const [keyEncryptionKey, ...more] = wrapping;
  if (!keyEncryptionKey || more.length || keyEncryptionKey.length !== KEY_BYTES)
    throw new KeyError(
      `KEY_ENCRYPTION_KEY_FILE (${files.keyEncryption}) must hold one key of exactly ${KEY_BYTES} bytes.`,
    );
  return { signing: [first, ...others], keyEncryptionKey };
}

/** Makes what is missing in DATA_DIR, for this user's eyes only; a file named in the configuration is never made. */
export function makeMissingKeys(config: Config): void {
  const files = keyFilesOf(config);
  if (!config.jwtKeyFile) makeKey(files.signing);
  if (!config.keyEncryptionKeyFile) makeKey(files.keyEncryption);
}

/** Appears complete or not at all, and never over an existing one: a lost key is lost data. */
function makeKey(file: string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function readLines(file: string, variable: string): Buffer[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KeyError(`The key file ${file} (${variable}) cannot be read: ${code}.`);
  }
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => {
    const key = decode(line);
    if (!key || key.length < KEY_BYTES)
      throw new KeyError(
        `${variable} (${file}) must hold keys of at least ${KEY_BYTES} bytes in base64 or hex, one a line.`,
      );
    return key;
  });
}

function decode(line: string): Buffer | undefined {
  if (/^[0-9a-f]+$/i.test(line) && line.length % 2 === 0) return Buffer.from(line, 'hex');
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(line) ? Buffer.from(line, 'base64') : undefined;
}

const signingKey = (bytes: Buffer): SigningKey => ({
  kid: createHmac('sha256', bytes).update('kid').digest('base64url').slice(0, 11),
  key: createSecretKey(bytes),
});
