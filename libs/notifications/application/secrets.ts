/** Makes the secrets that messages are signed with. */
export abstract class Secrets {
  /** `whsec_` and 32 random bytes, as the Standard Webhooks specification writes them. */
  abstract make(): string;
}
