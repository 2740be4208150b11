import type { Json } from '#libs/kernel/domain/json';

/** One member that differs; `path` is a JSON pointer. */
export interface Change {
  readonly path: string;
  readonly op: 'add' | 'remove' | 'replace';
  readonly before: Json;
  readonly after: Json;
}

/** What differs between two flat records, member by member; undefined and null are the same nothing. */
export function changesBetween(
  before: Readonly<Record<string, Json | undefined>>,
  after: Readonly<Record<string, Json | undefined>>,
): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): Change[] => {
    const was = before[name] ?? null;
    const is = after[name] ?? null;
    if (JSON.stringify(was) === JSON.stringify(is)) return [];
    return [
      { path: `/${name}`, op: was === null ? 'add' : is === null ? 'remove' : 'replace', before: was, after: is },
    ];
  });
}
