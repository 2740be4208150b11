import type { ProjectionGroup } from '#libs/processing/application/projection';
import { settingEvents } from './domain/settings/setting.events.js';
import { unitEvents } from './domain/units/unit.events.js';

/** What the room brings to the program as plain data. */
export const organizationManifest = {
  events: [...unitEvents, ...settingEvents],
  projectionGroups: [] as readonly ProjectionGroup[],
  processManagers: [],
};
