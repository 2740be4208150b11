import { InvalidUser } from './identity.errors.js';

/** 2 to 64 letters, digits and `.`, `_`, `@`, `+`, `-`, beginning and ending with a letter or digit. */
export const USERNAME = /^[\p{L}\p{N}](?:[\p{L}\p{N}._@+-]{0,62}[\p{L}\p{N}])$/u;

export const USERNAME_HINT =
  'A username has 2 to 64 letters, digits or ._@+- and begins and ends with a letter or digit.';

/** One username for all its spellings: case and compatibility forms do not make another person. */
export const canonicalUsername = (typed: string): string => typed.trim().normalize('NFKC').toLowerCase();

/** @throws InvalidUser */
export function checkUsername(username: string): void {
  if (!USERNAME.test(username)) throw new InvalidUser('/username', USERNAME_HINT);
}
