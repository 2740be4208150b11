import { customerEvents } from './domain/customers/customer.events.js';
import { settingEvents } from './domain/settings/setting.events.js';
import { positionEvents } from './domain/positions/position.events.js';
import { unitEvents } from './domain/units/unit.events.js';
import { customersGroup } from './infrastructure/read-models/customer-list/customer-list.projection.js';

/** What the room brings to the program as plain data. */
export const organizationManifest = {
  events: [...unitEvents, ...positionEvents, ...settingEvents, ...customerEvents],
  projectionGroups: [customersGroup],
  processManagers: [],
};
