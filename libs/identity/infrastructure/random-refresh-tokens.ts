import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { RefreshTokens } from '../application/refresh-tokens.js';

/** 256 random bits, kept as their SHA-256. */
@Injectable()
export class RandomRefreshTokens extends RefreshTokens {
  make(expiresAt: Date) {
    const token = randomBytes(32).toString('base64url');
    return { token, kept: { hash: this.hash(token), expiresAt } };
  }

  hash(token: string): Buffer {
    return createHash('sha256').update(token).digest();
  }

  sessionId(): string {
    return randomUUID();
  }
}
