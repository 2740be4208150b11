import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
} from 'node:crypto';
import { PlainError } from './plain-error.js';

/** A key file that is missing or does not hold a key; the message names the file, never what is in it. */
export class KeyError extends PlainError {}

/** A key of access tokens; `kid` names it in them. */
export interface SigningKey {
  readonly kid: string;
  readonly key: KeyObject;
}

export const KEY_BYTES = 32;

/** A PEM block, or a line with a secret. */
const entries = /-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----|^[^\n-].*$/gmu;

/**
 * The keys of a file, in their order: Ed25519 keys in PEM (a public one only checks tokens), or secrets, one a line in
 * base64 or hex.
 * @param name of the file, for messages
 * @throws KeyError
 */
export function signingKeysOf(text: string, name: string): readonly SigningKey[] {
  return signingEntriesOf(text, name).map((entry) =>
    entry.startsWith('-----BEGIN') ? pemKey(entry, name) : secretKey(secretOf(entry, name)),
  );
}

/** The same keys as they stand there. @throws KeyError */
export function signingEntriesOf(text: string, name: string): readonly string[] {
  // The inside of half a block would pass for a secret.
  if (text.replaceAll(entries, '').includes('-----')) throw new KeyError(`${name} holds a broken PEM block.`);
  return (text.match(entries) ?? []).map((entry) => entry.trim()).filter((entry) => entry && !entry.startsWith('#'));
}

/** @throws KeyError when it is no secret, or a short one */
export function secretOf(line: string, name: string): Buffer {
  const secret = decode(line);
  if (!secret || secret.length < KEY_BYTES)
    throw new KeyError(`${name} must hold keys of at least ${KEY_BYTES} bytes in base64 or hex, one a line.`);
  return secret;
}

function decode(line: string): Buffer | undefined {
  if (/^[0-9a-f]+$/i.test(line) && line.length % 2 === 0) return Buffer.from(line, 'hex');
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(line) ? Buffer.from(line, 'base64') : undefined;
}

const secretKey = (bytes: Buffer): SigningKey => ({
  kid: createHmac('sha256', bytes).update('kid').digest('base64url').slice(0, 11),
  key: createSecretKey(bytes),
});

function pemKey(pem: string, name: string): SigningKey {
  const fault = `${name} holds a PEM block that is no Ed25519 key.`;
  let key: KeyObject;
  try {
    key = pem.startsWith('-----BEGIN PUBLIC') ? createPublicKey(pem) : createPrivateKey(pem);
  } catch {
    throw new KeyError(fault);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new KeyError(fault);
  return { kid: thumbprint(key), key };
}

/** RFC 7638: the same name for the private and the public half. */
function thumbprint(key: KeyObject): string {
  const { crv, kty, x } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
}
