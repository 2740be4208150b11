import type { ProjectionGroup } from '#libs/processing/application/projection';

/**
 * Groups of one name from several rooms become one group: one checkpoint, one transaction. A part that wants every
 * event makes the whole want every event; the version is the sum, so that a raise of any part is a raise of the whole.
 */
export function joinGroups(parts: readonly ProjectionGroup[]): ProjectionGroup[] {
  const groups = new Map<string, ProjectionGroup>();
  for (const part of parts) {
    const group = groups.get(part.name);
    groups.set(part.name, group ? join(group, part) : part);
  }
  return [...groups.values()];
}

function join(group: ProjectionGroup, part: ProjectionGroup): ProjectionGroup {
  const { name } = group;
  const version = group.version + part.version - 1;
  const projections = [...group.projections, ...part.projections];
  if (!group.types || !part.types) return { name, version, projections };
  return { name, version, types: [...new Set([...group.types, ...part.types])], projections };
}
