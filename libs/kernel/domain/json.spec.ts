import fc from 'fast-check';
import { canonicalJson } from './canonical-json.js';
import { sameJson, type Json } from './json.js';

const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(null, true, 0, 1, '', 'a', '0'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '0'), tie('value'), { maxKeys: 2, noNullPrototype: true }),
  ),
})).value;

describe('the same JSON', () => {
  it('is what has the same canonical text', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
        expect(sameJson(a, JSON.parse(JSON.stringify(a)) as Json)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is not in a member that one of them only inherits', () => {
    expect(sameJson({ toString: 1 }, { valueOf: 1 })).toBe(false);
  });
});
