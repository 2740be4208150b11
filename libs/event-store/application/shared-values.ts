import { LRUCache } from 'lru-cache';
import { canonicalJson, keepJson } from '#libs/kernel/domain/canonical-json';
import { sameJson, type Json } from '#libs/kernel/domain/json';

/** Characters of JSON in all values together. */
const MOST = 16 * 1024 * 1024;

/** Values that stand in thousands of events, kept once. */
export class SharedValues {
  private readonly known: LRUCache<string, object>;

  /** @param most characters of JSON, in all values together */
  constructor(most = MOST) {
    this.known = new LRUCache({ maxSize: most, sizeCalculation: sizeOfKept });
  }

  /** The one that is kept, where it is equal to the last letter; a hash is nobody's proof. */
  one(value: Json): Json {
    const name = nameOf(value);
    if (name === undefined) return value;
    const known = this.known.get(name);
    if (known !== undefined && sameJson(known as Json, value)) return known as Json;
    this.known.set(name, keepJson(value as object));
    return value;
  }
}

const sizeOfKept = (value: object): number =>
  canonicalJson(value, { maxBytes: Number.POSITIVE_INFINITY, maxDepth: Number.POSITIVE_INFINITY }).length;

/** Its hash with what else it says of itself: two may have the same content under different names. */
function nameOf(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null || !('contentHash' in value)) return undefined;
  if (typeof value.contentHash !== 'string') return undefined;
  return Object.values(value)
    .filter((member) => typeof member !== 'object')
    .join('\u0000');
}
