import { storedEventsSpec } from '#libs/testing/stored-events';
import { inboxViewEvents } from './events/inbox-views.events.js';
import { commentEvents, reviewEvents } from './review.events.js';

storedEventsSpec([...reviewEvents, ...commentEvents, ...inboxViewEvents], new URL('./stored-events/', import.meta.url));
