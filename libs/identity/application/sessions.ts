export interface Session {
  readonly sessionId: string;
  readonly userId: string;
  readonly workspaceId: string;
  readonly createdAt: Date;
  readonly refreshedAt: Date;
  readonly expiresAt: Date;
  readonly userAgent: string | undefined;
}

/** A refresh token as it is kept: by its hash. */
export interface KeptToken {
  readonly hash: Buffer;
  readonly expiresAt: Date;
}

export type Rotation =
  | { readonly result: 'rotated'; readonly session: Session }
  /** It was exchanged before, `agoMs` milliseconds ago. */
  | { readonly result: 'reused'; readonly session: Session; readonly agoMs: number }
  | { readonly result: 'expired' | 'revoked' | 'unknown' };

/** Sign-ins and the refresh tokens that follow each other in them. */
export abstract class Sessions {
  /** Without a token it cannot be refreshed, and ends with its access token. */
  abstract open(session: Session, token: KeptToken | undefined): Promise<void>;
  /** Exchanges a token for its successor, once: of many at the same time one is `rotated`, the others are `reused`. */
  abstract rotate(hash: Buffer, successor: KeptToken, now: Date): Promise<Rotation>;
  /** The session a refresh token belongs to, in whatever state. */
  abstract ofToken(hash: Buffer): Promise<Pick<Session, 'sessionId' | 'userId'> | undefined>;
  /** In whatever state; undefined for an id that is none. */
  abstract find(sessionId: string): Promise<Session | undefined>;
  abstract end(sessionId: string, now: Date): Promise<void>;
  /** All of a user but one; answers those that were running. */
  abstract endAll(userId: string, but: string | undefined, now: Date): Promise<readonly Session[]>;
  /** Those that can still be used, newest first. */
  abstract ofUser(userId: string, now: Date): Promise<readonly Session[]>;
}
