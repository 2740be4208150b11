import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RefreshTokens } from '../application/refresh-tokens.js';

const LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** 256 random bits, kept as their SHA-256. */
@Injectable()
export class RandomRefreshTokens extends RefreshTokens {
  make(now: Date) {
    const token = randomBytes(32).toString('base64url');
    return { token, kept: { hash: this.hash(token), expiresAt: new Date(now.getTime() + LIFETIME_MS) } };
  }

  hash(token: string): Buffer {
    return createHash('sha256').update(token).digest();
  }

  sessionId(): string {
    return randomUUID();
  }
}
