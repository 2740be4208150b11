import type { Json } from './json.js';

/** One difference between two JSON values. */
export interface FieldChange {
  /** JSON pointer (RFC 6901). */
  readonly path: string;
  readonly op: 'add' | 'remove' | 'replace';
  readonly before: Json;
  readonly after: Json;
}

/** What has to be done to one value to get the other; nothing for equal ones. */
export function fieldChanges(before: Json, after: Json, path = ''): readonly FieldChange[] {
  if (before === after) return [];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after))
    return [{ path, op: 'replace', before, after }];
  const [old, young] = [membersOf(before), membersOf(after)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((name): readonly FieldChange[] => {
    const at = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const [was, is] = [old.get(name), young.get(name)];
    if (was === undefined) return [{ path: at, op: 'add', before: null, after: is ?? null }];
    if (is === undefined) return [{ path: at, op: 'remove', before: was, after: null }];
    return fieldChanges(was, is, at);
  });
}

const isContainer = (value: Json): value is Exclude<Json, string | number | boolean | null> =>
  typeof value === 'object' && value !== null;

const membersOf = (value: object): ReadonlyMap<string, Json> => new Map(Object.entries(value) as [string, Json][]);
