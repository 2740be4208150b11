import { sharedNames } from './dto-names.js';

describe('the names of classes in the API', () => {
  const file = (name: string, ...classes: string[]) => ({
    file: name,
    text: classes.map((each) => `export class ${each} {\n  name!: string;\n}\n`).join('\n'),
  });

  it('are told when two share one, with where they are', () =>
    expect(
      sharedNames([file('a.dto.ts', 'PageAnswer', 'RoleAnswer extends PageAnswer'), file('b.dto.ts', 'RoleAnswer')]),
    ).toEqual(['RoleAnswer in a.dto.ts and b.dto.ts']));

  it('are told in one file too, and not where all differ', () => {
    expect(sharedNames([file('a.dto.ts', 'A', 'A')])).toEqual(['A in a.dto.ts and a.dto.ts']);
    expect(sharedNames([file('a.dto.ts', 'A'), file('b.dto.ts', 'B', 'AB')])).toEqual([]);
  });
});
