import { storedEventsSpec } from '#libs/testing/stored-events';
import { credentialEvents } from './credential.events.js';
import { erasureEvents } from './erasure.events.js';
import { refusalEvents } from './refusal.events.js';
import { serviceAccountEvents } from './service-account.events.js';
import { sessionEvents } from './session.events.js';
import { userEvents } from './user.events.js';
import { workspaceEvents } from './workspace.events.js';

storedEventsSpec(
  [
    ...userEvents,
    ...sessionEvents,
    ...credentialEvents,
    ...serviceAccountEvents,
    ...refusalEvents,
    ...workspaceEvents,
    ...erasureEvents,
  ],
  new URL('./stored-events/', import.meta.url),
);
