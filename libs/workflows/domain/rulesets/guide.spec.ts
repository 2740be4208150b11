import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { evaluateRuleset, type Ruleset } from '#libs/kernel/domain/ruleset';
import type { JsonObject } from '#libs/kernel/domain/json';
import { normaliseRuleset } from './normalise-ruleset.js';

/** Rulesets of the guide, each with the payloads that follow it and what the guide says of them. */
function examples() {
  const guide = readFileSync(resolve('docs/guides/rulesets.md'), 'utf8');
  const blocks = [...guide.matchAll(/^```json (ruleset|payload (\w+): (.+))\n([\s\S]*?)^```/gm)];
  let ruleset: Ruleset | undefined;
  return blocks.flatMap(([, kind, outcome, decisive, text]) => {
    const json = JSON.parse(text!) as JsonObject;
    if (kind === 'ruleset') {
      ruleset = normaliseRuleset(json);
      return [];
    }
    return [{ ruleset: ruleset!, payload: json, outcome, decisive: decisive === 'nobody' ? null : decisive }];
  });
}

describe('The guide to rulesets', () => {
  it('has examples', () => expect(examples().length).toBeGreaterThan(5));

  it.each(examples())('$ruleset.key says $outcome by $decisive', ({ ruleset, payload, outcome, decisive }) =>
    expect(evaluateRuleset(ruleset, payload)).toMatchObject({ outcome, decisive }),
  );
});
