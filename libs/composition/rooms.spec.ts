import { allEvents, allGroups } from './rooms.js';

describe('rooms', () => {
  it('share the group core, so that a dashboard never disagrees with the audit', () => {
    const core = allGroups.find(({ name }) => name === 'core');
    expect(core?.types).toBeUndefined();
    expect(core?.projections.length).toBeGreaterThan(3);
    expect(allGroups.map(({ name }) => name)).toEqual([...new Set(allGroups.map(({ name }) => name))]);
  });

  it('call no two events the same', () => {
    const types = allEvents.map(({ type }) => type);
    expect(types).toEqual([...new Set(types)]);
  });
});
