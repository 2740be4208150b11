import { auditManifest } from '#libs/audit/audit.manifest';
import { identityManifest } from '#libs/identity/identity.manifest';
import type { EventDefinition } from '#libs/kernel/domain/define-event';
import type { ProcessManager } from '#libs/processing/application/process-manager';
import type { ProjectionGroup } from '#libs/processing/application/projection';
import { reviewsManifest } from '#libs/reviews/reviews.manifest';
import { workflowsManifest } from '#libs/workflows/workflows.manifest';

/** What a room brings to the program as plain data. */
export interface RoomManifest {
  readonly events: readonly EventDefinition[];
  readonly projectionGroups: readonly ProjectionGroup[];
  readonly processManagers: readonly ProcessManager[];
}

/** Every room there is: a new one is added here and in `rooms.module.ts`, nowhere else. */
export const rooms: readonly RoomManifest[] = [identityManifest, workflowsManifest, reviewsManifest, auditManifest];

/**
 * Rooms may share a group, to share its checkpoint and transaction. Its version counts every part's, so that whichever
 * part changes, the group is built anew.
 */
export function mergeGroups(groups: readonly ProjectionGroup[]): ProjectionGroup[] {
  const merged = new Map<string, ProjectionGroup>();
  for (const group of groups) {
    const known = merged.get(group.name);
    merged.set(group.name, known ? merge(known, group) : group);
  }
  return [...merged.values()];
}

function merge(a: ProjectionGroup, b: ProjectionGroup): ProjectionGroup {
  const types = a.types && b.types && [...new Set([...a.types, ...b.types])];
  const { name } = a;
  const projections = [...a.projections, ...b.projections];
  return { name, version: a.version + b.version - 1, ...(types && { types }), projections };
}

export const allEvents = rooms.flatMap(({ events }) => events);
export const allGroups = mergeGroups(rooms.flatMap(({ projectionGroups }) => projectionGroups));
export const allProcessManagers = rooms.flatMap(({ processManagers }) => processManagers);
