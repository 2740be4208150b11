import type { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { Definition } from '#libs/kernel/domain/workflow-definition';

/** SHA-256 (hex) over the canonical JSON of the normal form: equal for definitions that mean the same. */
export const contentHashOf = (hashing: Hashing, definition: Definition): string =>
  hashing.sha256(canonicalJson(definition));
