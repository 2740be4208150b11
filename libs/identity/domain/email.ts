import { InvalidUser } from './identity.errors.js';

/** Something, an @, and something with no blank or control character in either: mail servers know the rest. */
export const EMAIL = /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,189}$/u;

export const EMAIL_HINT = 'An e-mail address is of the form name@example.com.';

/** One address for all its spellings. */
export const canonicalEmail = (typed: string): string => typed.trim().normalize('NFKC').toLowerCase();

/** @throws InvalidUser */
export function checkEmail(email: string): void {
  if (!EMAIL.test(email)) throw new InvalidUser('/email', EMAIL_HINT);
}
