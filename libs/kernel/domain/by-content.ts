import type { TSchema } from 'typebox';

const marked = new WeakSet<object>();

/**
 * Says of a schema that its values are told by their `contentHash` and stand in thousands of events: whoever reads them
 * from the log keeps one of each. It is no part of the stored shape.
 */
export function byContent<S extends TSchema>(schema: S): S {
  marked.add(schema);
  return schema;
}

export const isByContent = (node: object): boolean => marked.has(node);
