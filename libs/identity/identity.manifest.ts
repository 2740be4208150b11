import { credentialEvents } from './domain/credential.events.js';
import { erasureEvents } from './domain/erasure.events.js';
import { refusalEvents } from './domain/refusal.events.js';
import { serviceAccountEvents } from './domain/service-account.events.js';
import { sessionEvents } from './domain/session.events.js';
import { userEvents } from './domain/user.events.js';
import { workspaceEvents } from './domain/workspace.events.js';

/** What the room brings to the program as plain data. */
export const identityManifest = {
  events: [
    ...userEvents,
    ...sessionEvents,
    ...credentialEvents,
    ...serviceAccountEvents,
    ...refusalEvents,
    ...workspaceEvents,
    ...erasureEvents,
  ],
  projectionGroups: [],
  processManagers: [],
} as const;
