import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RefusalKind } from '#libs/kernel/domain/domain-error';
import { catalogue, isCatalogued, statusOf } from './catalogue.js';

const sources = ['libs', 'apps'].flatMap((folder) =>
  readdirSync(resolve(folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts'))
    .map((file) => join(folder, file)),
);

/** Every class of the program that says no, by what stands in the sources. */
const refusals = sources.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/class (\w+) extends DomainError \{(.*?)\n\}/gs)].map(
    ([, name, body = '']) => ({
      name: `${name} (${file})`,
      code: /readonly code(?:: [\w' |]+)? = '([^']+)'/.exec(body)?.[1],
      kind: /readonly kind(?:: RefusalKind)? = '([^']+)'/.exec(body)?.[1] as RefusalKind | undefined,
    }),
  ),
);

describe('the catalogue of problems', () => {
  it('finds the refusals of the program', () => {
    expect(refusals.length).toBeGreaterThan(30);
    expect(refusals.filter(({ code, kind }) => code === undefined || kind === undefined)).toEqual([]);
  });

  it.each(refusals)('holds $code of $name, with the status of its kind', ({ code = '', kind }) => {
    expect(isCatalogued(code)).toBe(true);
    if (isCatalogued(code) && kind !== undefined) expect(catalogue[code].status).toBe(statusOf[kind]);
  });

  it('holds nothing that is never said', () => {
    const said = new Set(refusals.map(({ code }) => code));
    expect(Object.keys(catalogue).filter((code) => !said.has(code))).toEqual([]);
  });
});
