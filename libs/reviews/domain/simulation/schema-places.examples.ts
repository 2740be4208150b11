/* Walks a JSON schema: every key and every enum value it knows, and which of them a value has. */

type Schema = Readonly<{
  $ref?: string;
  $defs?: Readonly<Record<string, Schema>>;
  const?: string | number | boolean;
  anyOf?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema | readonly Schema[];
}>;

/** Every key (`steps.key`) and enum value (`steps.distinct = review`); what refers to itself stands under its name. */
export function placesOf(schema: object): ReadonlySet<string> {
  const places = new Set<string>();
  const entered = new Set<string>();
  const walk = (node: Schema, at: string, defs: Schema['$defs']): void => {
    const known = { ...defs, ...node.$defs };
    if (node.$ref !== undefined) {
      const target = known[node.$ref];
      if (!target || entered.has(node.$ref)) return;
      entered.add(node.$ref);
      walk(target, node.$ref, known);
      return;
    }
    if (node.const !== undefined) places.add(`${at} = ${String(node.const)}`);
    for (const each of node.anyOf ?? []) walk(each, at, known);
    for (const each of [node.items ?? []].flat()) walk(each, at, known);
    for (const [key, each] of Object.entries(node.properties ?? {})) {
      places.add(`${at}.${key}`);
      walk(each, `${at}.${key}`, known);
    }
  };
  walk(plain(schema), '', {});
  return places;
}

/** The places of the schema that occur in a value of it. */
export function placesIn(schema: object, value: unknown): ReadonlySet<string> {
  const places = new Set<string>();
  const walk = (node: Schema, it: unknown, at: string, defs: Schema['$defs']): void => {
    const known = { ...defs, ...node.$defs };
    if (node.$ref !== undefined) {
      const target = known[node.$ref];
      if (target) walk(target, it, node.$ref, known);
      return;
    }
    if (node.const !== undefined && node.const === it) places.add(`${at} = ${String(it)}`);
    for (const each of node.anyOf ?? []) if (couldBe(each, it)) walk(each, it, at, known);
    if (Array.isArray(it)) {
      const all: readonly unknown[] = it;
      for (const [place, entry] of all.entries()) {
        const of = Array.isArray(node.items)
          ? (node.items as readonly Schema[])[place]
          : (node.items as Schema | undefined);
        if (of) walk(of, entry, at, known);
      }
      return;
    }
    if (typeof it !== 'object' || it === null) return;
    for (const [key, entry] of Object.entries(it)) {
      const of = node.properties?.[key];
      if (!of) continue;
      places.add(`${at}.${key}`);
      walk(of, entry, `${at}.${key}`, known);
    }
  };
  walk(plain(schema), value, '', {});
  return places;
}

const couldBe = ({ required = [], properties }: Schema, it: unknown): boolean =>
  properties === undefined ||
  (typeof it === 'object' && it !== null && required.every((key) => Object.hasOwn(it, key)));

/** As it is written down: JSON. */
const plain = (schema: object): Schema => JSON.parse(JSON.stringify(schema)) as Schema;
