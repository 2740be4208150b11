import { delegationEvents } from './domain/delegation.events.js';

/** What the room brings to the program as plain data. */
export const delegationsManifest = {
  events: delegationEvents,
  projectionGroups: [],
  processManagers: [],
} as const;
