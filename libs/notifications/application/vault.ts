import type { Json } from '#libs/kernel/domain/json';

/** Keeps addresses and secrets that must not stand in the log: sealed under a data subject's key, named by an id. */
export abstract class Vault {
  /**
   * What was kept under this id before stays: a repeated command does not make a second secret.
   * @returns what is kept: that, and not its own, is what the command must answer
   */
  abstract keep<V extends Json>(id: string, keyRef: string, value: V): Promise<V>;
  /** A hash under the subject's key: names a text to nobody who does not hold the key, and means nothing without it. */
  abstract fingerprint(keyRef: string, text: string): Promise<string>;
  /** Undefined for what was never kept, or whose key was destroyed. */
  abstract open(id: string): Promise<Json | undefined>;
}
