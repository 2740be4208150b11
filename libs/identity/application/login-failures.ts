/** Wrong passwords per account; counts nobody's right ones. */
export abstract class LoginFailures {
  /** Until when no password is tried for this account; undefined = it may be. */
  abstract lockedUntil(account: string): Promise<Date | undefined>;
  /** Counts one; from the fifth on, the account is locked for a time that doubles up to 15 minutes. */
  abstract count(account: string, now: Date): Promise<void>;
  abstract forget(account: string): Promise<void>;
}

/** Wrong passwords an account may have before it is locked. */
export const FREE_TRIES = 5;
const FIRST_LOCK_MS = 5_000;
export const LONGEST_LOCK_MS = 15 * 60_000;

/** How long an account is locked after so many wrong passwords in a row, in milliseconds. */
export const lockAfter = (failures: number): number =>
  failures < FREE_TRIES ? 0 : Math.min(FIRST_LOCK_MS * 2 ** (failures - FREE_TRIES), LONGEST_LOCK_MS);
