import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Passwords } from '../application/passwords.js';
import { isBcryptOf } from './bcrypt.js';

const derive = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;

/** OWASP's smallest recommended: 19 MiB, two passes; 10 to 30 ms on one thread. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const phc = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** argon2id by Node's crypto, as PHC strings; bcrypt hashes from elsewhere are accepted and reported as outdated. */
@Injectable()
export class Argon2Passwords extends Passwords {
  /** A hash of nothing anybody knows, so that an unknown user costs what a known one does. */
  private readonly decoy = this.hash(randomBytes(32).toString('hex'));

  async hash(password: string): Promise<string> {
    const nonce = randomBytes(16);
    const tag = await derive('argon2id', { ...COST, message: password, nonce });
    return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(nonce)}$${unpadded(tag)}`;
  }

  async verify(password: string, hash: string | undefined): Promise<'right' | 'outdated' | 'wrong'> {
    if (hash?.startsWith('$2')) return (await isBcryptOf(password, hash)) ? 'outdated' : 'wrong';
    const right = await this.matches(password, hash ?? (await this.decoy));
    if (!right || hash === undefined) return 'wrong';
    return hash.includes(`$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$`) ? 'right' : 'outdated';
  }

  private async matches(password: string, hash: string): Promise<boolean> {
    const [, memory, passes, parallelism, nonce = '', expected = ''] = phc.exec(hash) ?? [];
    if (memory === undefined) throw new Error('A stored password hash is of an unknown form.');
    const tag = Buffer.from(expected, 'base64');
    const actual = await derive('argon2id', {
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

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
