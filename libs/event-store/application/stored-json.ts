import { canonicalJson } from '#libs/kernel/domain/canonical-json';

/** What one event may take in a store, in bytes of its data; the codec's limits are far below. */
const MAX_STORED_BYTES = 16 * 1024 * 1024;
const MAX_STORED_DEPTH = 64;

const written = new WeakMap<object, string>();

/** The text under which every store keeps data and metadata: the same value is the same bytes in each of them. */
export const storedJson = (value: object): string =>
  written.get(value) ?? canonicalJson(value, { maxBytes: MAX_STORED_BYTES, maxDepth: MAX_STORED_DEPTH });

/** Keeps the canonical JSON of a value that is about to be stored, so that it is not written once more. */
export const keepStoredJson = (value: object, text: string): void => void written.set(value, text);

export const keptStoredJson = (value: object): string | undefined => written.get(value);
