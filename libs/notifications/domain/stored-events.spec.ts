import { storedEventsSpec } from '#libs/testing/stored-events';
import { preferencesEvents } from './preferences.events.js';
import { webhookEvents } from './webhook.events.js';

storedEventsSpec([...webhookEvents, ...preferencesEvents], new URL('./stored-events/', import.meta.url));
