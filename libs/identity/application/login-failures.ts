/** Wrong passwords per account and per network; counts nobody's right ones. */
export abstract class LoginFailures {
  /** Until when no password is tried for this account or from this network; undefined = it may be. */
  abstract lockedUntil(account: string, network: string | undefined): Promise<Date | undefined>;
  /** Counts one for both; each is locked beyond its free tries, for a time that doubles up to 15 minutes. */
  abstract count(account: string, network: string | undefined, now: Date): Promise<void>;
  /** A right password clears its account. A network is not cleared: a guesser may have an account of their own. */
  abstract forget(account: string): Promise<void>;
}

/** Wrong passwords an account may have before it is locked. */
export const FREE_TRIES = 5;
const FIRST_LOCK_MS = 5_000;
export const LONGEST_LOCK_MS = 15 * 60_000;

/** How long somebody is locked after so many wrong passwords in a row, in milliseconds. */
export const lockAfter = (failures: number, freeTries: number): number =>
  failures < freeTries ? 0 : Math.min(FIRST_LOCK_MS * 2 ** (failures - freeTries), LONGEST_LOCK_MS);
