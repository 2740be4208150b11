import { LRUCache } from 'lru-cache';
import { keepJson } from '#libs/kernel/domain/canonical-json';
import { sameJson, type Json } from '#libs/kernel/domain/json';

const MOST = 500;

/** Values that stand in thousands of events, kept once. */
export class SharedValues {
  private readonly known = new LRUCache<string, object>({ max: MOST });

  /** The one that is kept, where it is equal to the last letter; a hash is nobody's proof. */
  one(value: Json): Json {
    const hash = hashOf(value);
    if (hash === undefined) return value;
    const known = this.known.get(hash);
    if (known !== undefined && sameJson(known as Json, value)) return known as Json;
    this.known.set(hash, keepJson(value as object));
    return value;
  }
}

function hashOf(value: Json): string | undefined {
  if (typeof value !== 'object' || value === null || !('contentHash' in value)) return undefined;
  return typeof value.contentHash === 'string' ? value.contentHash : undefined;
}
