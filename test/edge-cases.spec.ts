import { globSync, readFileSync } from 'node:fs';
import { EDGE_CASES } from './edge-case-rows.js';

/** Titles of all tests of the project; those that are skipped are none. */
const titles = globSync(['{apps,libs,test}/**/*.spec.ts'])
  .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(/^\s*it\(\s*(['"`])(.*?)\1,/gm)])
  .map(([, , title = '']) => title);

describe('The situations that a review must get right', () => {
  it('are all named here', () => expect(new Set(EDGE_CASES).size).toBeGreaterThanOrEqual(30));

  it('each has a test that is named after it', () => {
    expect(titles.length).toBeGreaterThan(1_000);
    expect(EDGE_CASES.filter((row) => !titles.some((title) => title.startsWith(row)))).toEqual([]);
  });
});
