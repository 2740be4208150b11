import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { SubjectKey } from '../application/subject-keys.js';

const TAG_BYTES = 16;
const NONCE_BYTES = 12;

/** Ciphertext followed by its tag, under AES-256-GCM. */
export function sealBytes(key: KeyObject, plain: Uint8Array, aad: string): { iv: Buffer; ct: Buffer } {
  const iv = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(aad));
  return { iv, ct: Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]) };
}

/** Throws when key, place or bytes are not those it was sealed with. */
export function openBytes(key: KeyObject, { iv, ct }: { iv: Uint8Array; ct: Uint8Array }, aad: string): Buffer {
  if (iv.length !== NONCE_BYTES || ct.length < TAG_BYTES) throw new Error('Not a sealed value.');
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(aad))
    .setAuthTag(ct.subarray(ct.length - TAG_BYTES));
  return Buffer.concat([decipher.update(ct.subarray(0, ct.length - TAG_BYTES)), decipher.final()]);
}

/** A data subject's key as it is stored: bound to its id, readable by the key-encryption key only. */
export function wrapKey(keyEncryptionKey: KeyObject, keyId: string, key: Uint8Array): Buffer {
  const { iv, ct } = sealBytes(keyEncryptionKey, key, keyId);
  return Buffer.concat([iv, ct]);
}

/** @throws Error when it was wrapped by another key-encryption key, or for another id */
export function unwrapKey(keyEncryptionKey: KeyObject, keyId: string, wrapped: Buffer): Buffer {
  try {
    const parts = { iv: wrapped.subarray(0, NONCE_BYTES), ct: wrapped.subarray(NONCE_BYTES) };
    return openBytes(keyEncryptionKey, parts, keyId);
  } catch (cause) {
    throw new Error(`The key ${keyId} was not wrapped by the configured key-encryption key.`, { cause });
  }
}

/** A data subject's key over 32 bytes of key material. */
export class AesSubjectKey implements SubjectKey {
  #hmacKey: KeyObject | undefined;
  /** Bytes would be made into a key for every value, which costs four times what opening the value does. */
  private readonly key: KeyObject;

  constructor(
    readonly keyId: string,
    key: Uint8Array,
  ) {
    this.key = createSecretKey(key);
  }

  encrypt(plaintext: string, aad: string): { iv: string; ct: string } {
    const { iv, ct } = sealBytes(this.key, Buffer.from(plaintext), aad);
    return { iv: iv.toString('base64'), ct: ct.toString('base64') };
  }

  decrypt({ iv, ct }: { iv: string; ct: string }, aad: string): string {
    return openBytes(this.key, { iv: Buffer.from(iv, 'base64'), ct: Buffer.from(ct, 'base64') }, aad).toString();
  }

  hmac(bytes: string | Uint8Array): string {
    // A key of its own, so that one key never serves two algorithms.
    this.#hmacKey ??= createSecretKey(new Uint8Array(hkdfSync('sha256', this.key, '', 'countersign/content-hmac', 32)));
    return createHmac('sha256', this.#hmacKey).update(bytes).digest('hex');
  }
}
