import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { getMetadataStorage } from 'class-validator';
import { knownConstraints, sentenceOf } from './fault-words.js';

describe('Faults of a body', () => {
  it('have a code of ours, whichever constraint a member has', async () => {
    const constraints = new Set<string>();
    const source = resolve('apps/api/src');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.dto.ts'));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const types = Object.values((await import(`${source}/${file}`)) as Record<string, unknown>);
      for (const type of types.filter((it) => typeof it === 'function'))
        for (const { name, type: kind } of getMetadataStorage().getTargetValidationMetadatas(type, '', false, false))
          if (kind !== 'conditionalValidation') constraints.add(name ?? kind);
    }
    expect(constraints.size).toBeGreaterThan(15);
    const ofQueries = ['isAnyOf'];
    expect([...constraints].filter((name) => ![...knownConstraints, ...ofQueries].includes(name))).toEqual([]);
  });

  it.each([
    ['verdict must be one of the following values: approve, reject', 'verdict must be one of approve, reject.'],
    ['items should not be empty', 'items must not be empty.'],
    ['each value in keys must be a string', 'each of keys must be a text.'],
    ['count must not be greater than 7', 'count must be at most 7.'],
    ['url must be longer than or equal to 1 and shorter than or equal to 9 characters', 'url has 1 to 9 characters.'],
    ['at must be a time such as 08:00.', 'at must be a time such as 08:00.'],
  ])('are said in our words: %s', (said, ours) => {
    expect(sentenceOf(said)).toBe(ours);
  });
});
