import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { EDGE_CASES } from './edge-case-rows.js';

const texts = new Map(
  globSync(['{apps,libs,test}/**/*.{spec,examples}.ts']).map((path) => [path, readFileSync(path, 'utf8')]),
);
const TITLE = /^\s*it\(\s*(['"`])(.*?)\1,/gm;

/** Titles of all tests of the project; those that are skipped are none, nor are those of suites that are. */
const titles = [...texts.values()]
  .filter((text) => !/\b(describe|it)\.(skip|only)\b|\bx(describe|it)\(/.test(text))
  .flatMap((text) => [...text.matchAll(TITLE)])
  .map(([, , title = '']) => title);

describe('The situations that a review must get right', () => {
  it('are all named here', () => expect(Object.keys(EDGE_CASES)).toHaveLength(24));

  it('there are tests to look at', () => expect(titles.length).toBeGreaterThan(1_000));

  it('tests that are kept beside a suite are loaded by one', () => {
    const loaded = (path: string) =>
      [...texts].some(([spec, text]) => spec.endsWith('.spec.ts') && text.includes(`/${basename(path, '.ts')}.js'`));
    const kept = [...texts].filter(([path, text]) => path.endsWith('.examples.ts') && text.search(TITLE) >= 0);
    expect(kept.map(([path]) => path).filter((path) => !loaded(path))).toEqual([]);
  });

  it.each(Object.entries(EDGE_CASES))('%s: what is said of it has a test that is named after it', (row, said) => {
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter((it) => !titles.some((title) => title.startsWith(`${row}${it}`)))).toEqual([]);
  });
});
