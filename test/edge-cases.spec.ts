import { globSync, readFileSync } from 'node:fs';
import { EDGE_CASES } from './edge-case-rows.js';

/** Titles of all tests of the project; those that are skipped are none, nor are those of suites that are. */
const titles = globSync(['{apps,libs,test}/**/*.spec.ts'])
  .map((path) => readFileSync(path, 'utf8'))
  .filter((text) => !/\b(describe|it)\.(skip|only)\b|\bx(describe|it)\(/.test(text))
  .flatMap((text) => [...text.matchAll(/^\s*it\(\s*(['"`])(.*?)\1,/gm)])
  .map(([, , title = '']) => title);

describe('The situations that a review must get right', () => {
  it('are all named here', () => expect(Object.keys(EDGE_CASES)).toHaveLength(24));

  it('there are tests to look at', () => expect(titles.length).toBeGreaterThan(1_000));

  it.each(Object.entries(EDGE_CASES))('%s: what is said of it has a test that is named after it', (row, said) => {
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter((it) => !titles.some((title) => title.startsWith(`${row}${it}`)))).toEqual([]);
  });
});
