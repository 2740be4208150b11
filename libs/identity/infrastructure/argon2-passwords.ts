import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Passwords } from '../application/passwords.js';
import { HashingThread } from './hashing-thread.js';

/** OWASP's smallest recommended: 19 MiB, two passes; 10 to 30 ms on one thread. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const PREFIX = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$`;
const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/**
 * argon2id by Node's crypto, off the event loop, as PHC strings; bcrypt hashes from elsewhere are accepted and reported
 * as outdated.
 */
@Injectable()
export class Argon2Passwords extends Passwords implements OnApplicationShutdown {
  private readonly thread = new HashingThread();
  /** The hash of nothing anybody knows, so that an unknown user costs what a known one does. */
  private readonly decoy = written(randomBytes(16), randomBytes(COST.tagLength));

  async onApplicationShutdown(): Promise<void> {
    await this.thread.stop();
  }

  async hash(password: string): Promise<string> {
    const nonce = randomBytes(16);
    return written(nonce, await this.thread.argon2id({ ...COST, message: password, nonce }));
  }

  async verify(password: string, hash: string | undefined): Promise<'right' | 'outdated' | 'wrong'> {
    if (hash?.startsWith('$2')) return (await this.thread.isBcryptOf(password, hash)) ? 'outdated' : 'wrong';
    const right = await this.matches(password, hash ?? this.decoy);
    if (!right || hash === undefined) return 'wrong';
    return hash.startsWith(PREFIX) ? 'right' : 'outdated';
  }

  private async matches(password: string, hash: string): Promise<boolean> {
    const [, memory, passes, parallelism, nonce = '', expected = ''] = phc.exec(hash) ?? [];
    if (memory === undefined) throw new Error('A stored password hash is of an unknown form.');
    const tag = Buffer.from(expected, 'base64');
    const actual = await this.thread.argon2id({
      message: password,
      nonce: Buffer.from(nonce, 'base64'),
      memory: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
      tagLength: tag.length,
    });
    return timingSafeEqual(actual, tag);
  }
}

const written = (nonce: Buffer, tag: Buffer) => `${PREFIX}${unpadded(nonce)}$${unpadded(tag)}`;
const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
