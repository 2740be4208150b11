import { InvalidUser } from './identity.errors.js';
import { canonicalUsername } from './username.js';

const SHORTEST = 12;
const LONGEST = 256;

/**
 * What a password must be: long, and not the name it belongs to.
 * @param pointer to the member it came in
 * @throws InvalidUser
 */
export function checkPassword(password: string, username: string, pointer = '/password'): void {
  if (password.length < SHORTEST || password.length > LONGEST)
    throw new InvalidUser(pointer, `A password has ${SHORTEST} to ${LONGEST} characters.`);
  if (canonicalUsername(password).includes(canonicalUsername(username)) && username.length * 2 > password.length)
    throw new InvalidUser(pointer, 'A password is not mainly the username.');
}
