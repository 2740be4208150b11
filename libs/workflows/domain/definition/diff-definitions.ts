import { sameJson, type Json, type JsonObject } from '#libs/kernel/domain/json';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { isObject } from './form.js';

/** One difference; `path` names steps, assignees and rungs by what identifies them, not by their place. */
export type Difference = Readonly<{ path: string; op: 'add' | 'remove' | 'replace'; before?: Json; after?: Json }>;

/** What changed between two definitions, member by member; steps are matched by key, so that a moved step is one line. */
export function diffDefinitions(before: Definition, after: Definition): Difference[] {
  return compare('', before as unknown as JsonObject, after as unknown as JsonObject);
}

function compare(path: string, before: Json | undefined, after: Json | undefined): Difference[] {
  if (before === undefined && after === undefined) return [];
  if (before === undefined) return [{ path, op: 'add', after: after! }];
  if (after === undefined) return [{ path, op: 'remove', before }];
  if (named(before) && named(after)) return compareNamed(path, before, after);
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      compare(`${path}/${name}`, (before as JsonObject)[name], (after as JsonObject)[name]),
    );
  }
  return sameJson(before, after) ? [] : [{ path, op: 'replace', before, after }];
}

function compareNamed(path: string, before: readonly JsonObject[], after: readonly JsonObject[]): Difference[] {
  const was = new Map(before.map((entry) => [nameOf(entry), entry]));
  const is = new Map(after.map((entry) => [nameOf(entry), entry]));
  const names = new Set([...was.keys(), ...is.keys()]);
  const inside = [...names].flatMap((name) =>
    compare(`${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, was.get(name), is.get(name)),
  );
  const order = [...was.keys()].filter((name) => is.has(name));
  const newOrder = [...is.keys()].filter((name) => was.has(name));
  const moved = order.some((name, i) => name !== newOrder[i]);
  return moved ? [{ path, op: 'replace', before: [...was.keys()], after: [...is.keys()] }, ...inside] : inside;
}

/** A list whose entries have names of their own, all different: steps (key), assignees (type and id), rungs (id). */
function named(value: Json): value is readonly JsonObject[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const names = (value as readonly Json[]).map((entry) => (isObject(entry) ? nameOf(entry as JsonObject) : ''));
  return names.every((name) => name !== '') && new Set(names).size === names.length;
}

function nameOf({ key, type, id }: JsonObject): string {
  if (typeof key === 'string') return key;
  if (typeof id !== 'string') return '';
  return typeof type === 'string' ? `${type}:${id}` : id;
}
