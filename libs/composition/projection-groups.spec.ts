import type { ProjectionGroup } from '#libs/processing/application/projection';
import { joinGroups } from './projection-groups.js';

const part = (name: string, more: Partial<ProjectionGroup> = {}): ProjectionGroup => ({
  name,
  version: 1,
  projections: [],
  ...more,
});

describe('Projection groups of several rooms', () => {
  it('are one group where they have one name', () => {
    const [core, inbox] = joinGroups([part('core'), part('inbox', { types: ['A'] }), part('core')]);
    expect(core).toEqual(part('core'));
    expect(inbox).toEqual(part('inbox', { types: ['A'] }));
  });

  it('want the events of all parts, and every event where one part does', () => {
    expect(joinGroups([part('core', { types: ['A', 'B'] }), part('core', { types: ['B', 'C'] })])).toEqual([
      part('core', { types: ['A', 'B', 'C'] }),
    ]);
    expect(joinGroups([part('core', { types: ['A'] }), part('core')])[0]?.types).toBeUndefined();
  });

  it('have a new version when any part has', () => {
    expect(joinGroups([part('core', { version: 3 }), part('core', { version: 2 })])[0]?.version).toBe(4);
    expect(joinGroups([part('core', { version: 2 }), part('core', { version: 3 })])[0]?.version).toBe(4);
  });
});
