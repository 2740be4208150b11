import type { Json } from '#libs/kernel/domain/json';

/** Keeps addresses and secrets that must not stand in the log: sealed under a data subject's key, named by an id. */
export abstract class Vault {
  /** What was kept under this id before stays: a repeated command does not make a second secret. */
  abstract keep(id: string, keyRef: string, value: Json): Promise<void>;
  /** Undefined for what was never kept, or whose key was destroyed. */
  abstract open(id: string): Promise<Json | undefined>;
}
