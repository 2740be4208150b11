import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import type { Json, JsonObject } from '#libs/kernel/domain/json';
import type { Step } from '#libs/kernel/domain/workflow-definition';
import type { ContentHashes } from './review.commands.js';

/**
 * The whole, every top-level member, and every place an assignment of the steps looks at, each under the hash given.
 * @param whole the canonical JSON of the content
 */
export function contentHashes(
  content: JsonObject,
  whole: string,
  steps: readonly Pick<Step, 'assignees'>[],
  hash: (text: string) => string,
): ContentHashes {
  const paths = new Set([
    ...Object.keys(content).map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ...steps.flatMap(({ assignees }) => assignees.flatMap(({ scope }) => scope ?? [])),
  ]);
  const fieldHashes: Record<string, string> = {};
  for (const path of [...paths].toSorted()) {
    const value = valueAt(content, path);
    if (value !== undefined) fieldHashes[path] = hash(`${path}\n${canonicalJson(value)}`);
  }
  return { contentHash: hash(whole), fieldHashes };
}

/** The value a JSON pointer names; undefined when there is none. */
function valueAt(content: JsonObject, pointer: string): Json | undefined {
  let value: Json | undefined = content;
  for (const segment of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const name = segment.replaceAll('~1', '/').replaceAll('~0', '~');
    value = Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
  }
  return value;
}
