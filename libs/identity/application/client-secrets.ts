/** A secret that an account is to have, as its stream says. */
export interface SecretOrder {
  readonly clientId: string;
  readonly commandId: string;
  /** When it was recorded. */
  readonly at: Date;
  /** How long those before are good. */
  readonly previousUntil: Date;
  /** Whether the command comes again. */
  readonly repeated: boolean;
}

/** Secrets of service accounts, kept by their hashes; up to two of an account while one replaces the other. */
export abstract class ClientSecrets {
  /**
   * Makes one and answers its text: nobody can read it again. Undefined when it was made before: a repeated command makes
   * it only when the first try broke off, and nothing came after.
   */
  abstract renew(order: SecretOrder, now: Date): Promise<string | undefined>;
  /** @param since secrets from before are no good any more */
  abstract isRight(clientId: string, secret: string, now: Date, since: Date | undefined): Promise<boolean>;
  abstract forget(clientId: string): Promise<void>;
}
