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
  const joined = {
    name,
    version,
    projections: [...group.projections, ...part.projections],
    ...((group.prompt ?? part.prompt) && { prompt: true as const }),
  };
  if (!group.types || !part.types) return joined;
  return { ...joined, types: [...new Set([...group.types, ...part.types])] };
}
