/** What is kept of a password. */
export interface KeptPassword {
  readonly hash: string;
  /** When it was chosen or made. */
  readonly changedAt: Date;
  /** Set on a password that an administrator made: until then, and for one sign-in. */
  readonly oneTimeUntil: Date | undefined;
}

/** Password hashes by user. */
export abstract class Credentials {
  abstract find(userId: string): Promise<KeptPassword | undefined>;
  abstract put(userId: string, passwordHash: string, now: Date, oneTimeUntil?: Date): Promise<void>;
  /** The same password in another form; nothing happens when it was replaced meanwhile. */
  abstract rehash(userId: string, before: string, after: string): Promise<void>;
  /** Uses a one-time password up; false when that has happened before, or another one is in its place. */
  abstract spend(userId: string, passwordHash: string, now: Date): Promise<boolean>;
}
