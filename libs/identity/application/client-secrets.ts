/** Secrets of service accounts, kept by their hashes; up to two of an account while one replaces the other. */
export abstract class ClientSecrets {
  /** Makes one and answers its text: nobody can read it again. Those before are good until `previousUntil`. */
  abstract renew(clientId: string, now: Date, previousUntil: Date): Promise<string>;
  /** @param since secrets from before are no good any more */
  abstract isRight(clientId: string, secret: string, now: Date, since: Date | undefined): Promise<boolean>;
  abstract forget(clientId: string): Promise<void>;
}
