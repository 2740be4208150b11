/** Hashes and checks passwords, off the event loop. */
export abstract class Passwords {
  abstract hash(password: string): Promise<string>;
  /**
   * Takes as long without a hash (nobody by that name, or nobody with a password) as with one.
   * `outdated`: right, but kept in a form that should be replaced.
   */
  abstract verify(password: string, hash: string | undefined): Promise<'right' | 'outdated' | 'wrong'>;
}
