import { createHash, hash } from 'node:crypto';
import { Hashing, type RunningHash } from '../application/hashing.js';

/** SHA-256 (lower-case hex) of the UTF-8 bytes of a text. */
export const sha256 = (text: string): string => hash('sha256', text, 'hex');

/** `Hashing` by Node's crypto. */
export class NodeHashing extends Hashing {
  override sha256(text: string): string {
    return sha256(text);
  }

  override running(): RunningHash {
    const digest = createHash('sha256');
    return {
      update(text) {
        digest.update(text, 'utf8');
        return this;
      },
      digest: () => digest.digest('hex'),
    };
  }
}
