import type { EventDefinition } from '#libs/kernel/domain/define-event';
import type { ProjectionGroup } from '#libs/processing/application/projection';

/** What the room brings to the program as plain data. */
export const organizationManifest = {
  events: [] as readonly EventDefinition[],
  projectionGroups: [] as readonly ProjectionGroup[],
  processManagers: [],
};
