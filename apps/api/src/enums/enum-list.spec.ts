import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { enumList } from './enum-list.js';

/** Values of schemas by where they stand, but for flags in a query. */
function enumsOf(node: unknown, path = ''): readonly (readonly [path: string, values: readonly string[]])[] {
  if (typeof node !== 'object' || node === null) return [];
  const { enum: values } = node as { enum?: unknown };
  const own = Array.isArray(values) && values.join() !== 'true,false' ? [[path, values as string[]] as const] : [];
  return [...own, ...Object.entries(node).flatMap(([name, inner]) => enumsOf(inner, `${path}/${name}`))];
}

describe('Enums', () => {
  const document = JSON.parse(readFileSync(resolve('docs/openapi.json'), 'utf8')) as unknown;
  const valuesOf = (name: string) => enumList.get(name)?.values.map(({ value }) => value);

  it('are what the document says of bodies and problems', () => {
    const told = new Set([...enumList.keys()].map((name) => valuesOf(name)!.join()));
    told.add(
      valuesOf('role')!
        .filter((role) => role !== 'service')
        .join(),
    ); // what people may hold
    const documented = enumsOf(document);
    expect(documented.length).toBeGreaterThan(10);
    expect(documented.filter(([, values]) => !told.has(values.join()))).toEqual([]);
  });

  it('have values in order, each once, that lead to values of the same', () => {
    for (const [name, { values }] of enumList) {
      expect(values.map(({ order }) => order)).toEqual(values.map((_, i) => i));
      expect(new Set(valuesOf(name)).size).toBe(values.length);
      for (const { value, label, transitionsTo } of values) {
        expect(label).toMatch(/^[A-Z]/);
        if (transitionsTo) expect(valuesOf(name)).toEqual(expect.arrayContaining(transitionsTo));
        expect(transitionsTo ?? []).not.toContain(value);
      }
    }
  });
});
