import type { KeptToken } from './sessions.js';

/** Makes what must not be guessed: refresh tokens and the ids of sessions. */
export abstract class RefreshTokens {
  abstract make(expiresAt: Date): { readonly token: string; readonly kept: KeptToken };
  /** What is kept of a token. */
  abstract hash(token: string): Buffer;
  abstract sessionId(): string;
}
