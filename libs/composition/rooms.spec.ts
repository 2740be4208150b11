import type { ProjectionGroup } from '#libs/processing/application/projection';
import { allEvents, allGroups, mergeGroups } from './rooms.js';

const group = (version: number, ...types: string[]): ProjectionGroup => ({
  name: 'core',
  version,
  ...(types.length && { types }),
  projections: [],
});

describe('rooms', () => {
  it('share the group core, so that a dashboard never disagrees with the audit', () => {
    const core = allGroups.find(({ name }) => name === 'core');
    expect(core?.types).toBeUndefined();
    expect(core?.projections.length).toBeGreaterThan(3);
    expect(allGroups.map(({ name }) => name)).toEqual([...new Set(allGroups.map(({ name }) => name))]);
  });

  it('build a shared group anew whichever part of it changes', () => {
    const versions = [
      [group(1), group(1)],
      [group(2), group(1)],
      [group(2), group(2)],
    ].map((parts) => mergeGroups(parts)[0]?.version);
    expect(versions).toEqual([1, 2, 3]);
  });

  it('see every event as soon as one part does', () => {
    expect(mergeGroups([group(1, 'A'), group(1, 'B', 'A')])[0]?.types).toEqual(['A', 'B']);
    expect(mergeGroups([group(1, 'A'), group(1)])[0]?.types).toBeUndefined();
  });

  it('call no two events the same', () => {
    const types = allEvents.map(({ type }) => type);
    expect(types).toEqual([...new Set(types)]);
  });
});
