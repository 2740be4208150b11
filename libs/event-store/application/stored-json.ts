import { canonicalJson } from '#libs/kernel/domain/canonical-json';

/** What one event may take in a store, in bytes of its data; the codec's limits are far below. */
const MAX_STORED_BYTES = 16 * 1024 * 1024;
const MAX_STORED_DEPTH = 64;

/** The text under which every store keeps data and metadata: the same value is the same bytes in each of them. */
export const storedJson = (value: unknown): string =>
  canonicalJson(value, { maxBytes: MAX_STORED_BYTES, maxDepth: MAX_STORED_DEPTH });
