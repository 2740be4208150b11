import { sessionEvents } from './domain/session.events.js';
import { userEvents } from './domain/user.events.js';

/** What the room brings to the program as plain data. */
export const identityManifest = {
  events: [...userEvents, ...sessionEvents],
  projectionGroups: [],
  processManagers: [],
} as const;
