import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from './config.js';
import { KEY_BYTES, KeyError, secretOf, signingKeysOf, type SigningKey } from './signing-keys.js';

export { KeyError };

export interface Keys {
  /** The first that can sign does, all verify: put a new one above the old one to replace a key, remove the old one later. */
  readonly signing: readonly [SigningKey, ...SigningKey[]];
  /** 32 bytes that wrap the keys of data subjects. Without it nothing personal in the log can be read again. */
  readonly keyEncryptionKey: Uint8Array;
}

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
  const [first, ...others] = signingKeysOf(read(files.signing, 'JWT_KEY_FILE'), `JWT_KEY_FILE (${files.signing})`);
  if (!first) throw new KeyError(`JWT_KEY_FILE (${files.signing}) holds no key.`);
  if ([first, ...others].every(({ key }) => key.type === 'public'))
    throw new KeyError(`JWT_KEY_FILE (${files.signing}) holds no key that can sign.`);
  return { signing: [first, ...others], keyEncryptionKey: readKeyEncryptionKey(files.keyEncryption) };
}

/** @throws KeyError when the file is missing or holds anything but one key */
export function readKeyEncryptionKey(file: string): Uint8Array {
  const name = `KEY_ENCRYPTION_KEY_FILE (${file})`;
  const lines = read(file, 'KEY_ENCRYPTION_KEY_FILE')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith('#'));
  const [key, ...more] = lines.map((line) => secretOf(line, name));
  if (!key || more.length || key.length !== KEY_BYTES)
    throw new KeyError(`${name} must hold one key of exactly ${KEY_BYTES} bytes.`);
  return key;
}

/** Makes what is missing in DATA_DIR, for this user's eyes only; a file named in the configuration is never made. */
export function makeMissingKeys(config: Config): void {
  const files = keyFilesOf(config);
  if (!config.jwtKeyFile) makeFile(files.signing, newSigningKey);
  if (!config.keyEncryptionKeyFile) makeFile(files.keyEncryption, newSecret);
}

/** In base64, with the end of its line. */
export const newSecret = (): string => `${randomBytes(KEY_BYTES).toString('base64')}\n`;

/** An Ed25519 key in PEM. */
export const newSigningKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/** Appears complete or not at all, and never over an existing one: a lost key is lost data. */
export function makeFile(file: string, text: () => string): void {
  if (existsSync(file)) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, text(), { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'is not there: bring it back, or make it for a new installation (docs/guides/operations.md)'
        : `cannot be read: ${code}`;
    throw new KeyError(`The key file ${file} (${variable}) ${why}.`);
  }
}
