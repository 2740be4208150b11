import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { smallLoanRules } from './showcase-workflows.js';
import { demoWorkflows } from './workflows.js';

describe('The demo', () => {
  it.each([
    ['workflows', demoWorkflows],
    ['rulesets', [smallLoanRules]],
  ])('leaves the keys of the guide to %s free, so that its examples can be sent', (guide, own) => {
    const text = readFileSync(resolve(`docs/guides/${guide}.md`), 'utf8');
    const examples = new Set([...text.matchAll(/^ {2}"key": "([^"]+)"/gm)].map(([, key]) => key));
    expect(examples.size).toBeGreaterThan(0);
    expect(own.filter(({ key }) => examples.has(key))).toEqual([]);
  });
});
