import { storedEventsSpec } from '#libs/testing/stored-events';
import { sessionEvents } from './session.events.js';
import { userEvents } from './user.events.js';

storedEventsSpec([...userEvents, ...sessionEvents], new URL('./stored-events/', import.meta.url));
