/** A digest that is fed piece by piece. */
export interface RunningHash {
  update(text: string): this;
  /** Lower-case hex; ends the digest. */
  digest(): string;
}

/** SHA-256 over UTF-8, for what the application hashes: bodies, definitions, whole logs. */
export abstract class Hashing {
  /** Lower-case hex. */
  abstract sha256(text: string): string;
  abstract running(): RunningHash;
}
