/** What is kept of a password. */
export interface KeptPassword {
  readonly hash: string;
  /** Set on a password that an administrator made: until then, and for one sign-in. */
  readonly oneTimeUntil: Date | undefined;
}

/** Password hashes by user. */
export abstract class Credentials {
  abstract find(userId: string): Promise<KeptPassword | undefined>;
  abstract put(userId: string, passwordHash: string, now: Date, oneTimeUntil?: Date): Promise<void>;
  /** Uses a one-time password up; false when that has happened before. */
  abstract spend(userId: string, now: Date): Promise<boolean>;
}
