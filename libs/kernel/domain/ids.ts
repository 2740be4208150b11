import { parse, v5 } from 'uuid';

/** The namespace of every id this product derives. Never change it: ids in stored events depend on it. */
const NAMESPACE = parse('5f3c1b0e-7d52-5c3e-9a53-6f1d2c9e8b47');
const utf8 = new TextEncoder();

/** UUIDv5 over the parts: the same parts give the same id, on every machine and in every retry. */
export const derivedId = (...parts: readonly (string | number | bigint)[]): string =>
  v5(utf8.encode(parts.join('\u0000')), NAMESPACE);
