import type { TSchema } from 'typebox';
import { isByContent } from '#libs/kernel/domain/by-content';
import { isErased } from '#libs/kernel/domain/personal';
import type { Json, JsonObject } from '#libs/kernel/domain/json';

/** A personal value as it is stored: AES-256-GCM under key `k`, bytes in base64 (`ct` ends with the tag). */
export interface Sealed {
  readonly $enc: { readonly k: string; readonly iv: string; readonly ct: string };
}

/** Where values of a type are: member names, `*` for each item of an array or member of a record. */
export type ValuePath = readonly string[];

type SchemaNode = { readonly [keyword: string]: unknown };

const EACH = '*';
const isNode = (value: unknown): value is SchemaNode => typeof value === 'object' && value !== null;

/** The personal paths that a schema declares, also inside arrays, records and unions. */
export const personalPaths = (schema: TSchema): readonly ValuePath[] =>
  pathsTo(schema, (node) => node['personal'] === true);

/** The paths of what is told by its content. */
export const sharedPaths = (schema: TSchema): readonly ValuePath[] => pathsTo(schema, isByContent);

function pathsTo(schema: TSchema, isWanted: (node: SchemaNode) => boolean): readonly ValuePath[] {
  const found = new Map<string, ValuePath>();
  const walk = (node: unknown, path: ValuePath): void => {
    if (!isNode(node)) return;
    if (isWanted(node)) {
      found.set(JSON.stringify(path), path);
      return;
    }
    for (const [name, child] of Object.entries(isNode(node['properties']) ? node['properties'] : {})) {
      walk(child, [...path, name]);
    }
    for (const child of Object.values(isNode(node['patternProperties']) ? node['patternProperties'] : {})) {
      walk(child, [...path, EACH]);
    }
    walk(node['additionalProperties'], [...path, EACH]);
    walk(node['items'], [...path, EACH]);
    for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
      const branches = node[keyword];
      if (Array.isArray(branches)) for (const branch of branches) walk(branch, path);
    }
  };
  walk(schema, []);
  return [...found.values()];
}

/** The same schema where each personal value may also read as erased, as it does after its key was destroyed. */
export function allowingErased(schema: TSchema): TSchema {
  const copy = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(copy);
    if (!isNode(node)) return node;
    const plain = Object.fromEntries(Object.entries(node).map(([keyword, child]) => [keyword, copy(child)]));
    if (node['personal'] !== true) return plain;
    const { personal: _, ...value } = plain;
    return {
      anyOf: [
        value,
        {
          type: 'object',
          properties: { $erased: { const: true } },
          required: ['$erased'],
          additionalProperties: false,
        },
      ],
    };
  };
  return copy(schema) as TSchema;
}

/** Turns each value at the paths (erased ones excepted) into another; copies only what it changes. */
export function mapAtPaths(
  data: JsonObject,
  paths: readonly ValuePath[],
  change: (value: Json, pointer: string) => Json,
): JsonObject {
  let result: Json = data;
  for (const path of paths) result = mapAt(result, path, 0, '', change);
  return result as JsonObject;
}

function mapAt(
  node: Json,
  path: ValuePath,
  depth: number,
  pointer: string,
  change: (value: Json, pointer: string) => Json,
): Json {
  const segment = path[depth];
  if (segment === undefined) return isErased(node) ? node : change(node, pointer);
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) {
    if (segment !== EACH) return node;
    return node.map((item: Json, index) => mapAt(item, path, depth + 1, `${pointer}/${index}`, change));
  }
  const members = node as JsonObject;
  const names = segment === EACH ? Object.keys(members) : Object.hasOwn(members, segment) ? [segment] : [];
  if (names.length === 0) return node;
  const copy: Record<string, Json> = { ...members };
  for (const name of names) {
    copy[name] = mapAt(members[name] as Json, path, depth + 1, `${pointer}/${escapeSegment(name)}`, change);
  }
  return copy;
}

/** Turns every sealed value, wherever it stands, into another: for events older than the schema at hand. */
export function mapSealed(node: Json, change: (sealed: Sealed, pointer: string) => Json, pointer = ''): Json {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((item: Json, index) => mapSealed(item, change, `${pointer}/${index}`));
  if (isSealed(node)) return change(node, pointer);
  return Object.fromEntries(
    Object.entries(node as JsonObject).map(([name, child]) => [
      name,
      mapSealed(child, change, `${pointer}/${escapeSegment(name)}`),
    ]),
  );
}

/** The pointer of a member that looks sealed or erased but was not made so by the codec. */
export function reservedMember(node: Json, paths: readonly ValuePath[]): string | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  for (const name of Object.keys(node)) {
    const below = paths.length === 0 ? paths : pathsBelow(name, paths);
    if (below.some((path) => path.length === 0)) continue; // personal: sealed as a whole, so it may hold anything
    const found =
      name === '$enc' || name === '$erased' ? '' : reservedMember((node as Record<string, Json>)[name] as Json, below);
    if (found !== undefined) return `/${escapeSegment(name)}${found}`;
  }
  return undefined;
}

const pathsBelow = (name: string, paths: readonly ValuePath[]) =>
  paths.filter(([first]) => first === name || first === EACH).map((path) => path.slice(1));

export const isSealed = (value: unknown): value is Sealed =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Sealed>).$enc?.k === 'string';

const escapeSegment = (segment: string) => segment.replaceAll('~', '~0').replaceAll('/', '~1');
