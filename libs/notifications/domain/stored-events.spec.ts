import { storedEventsSpec } from '#libs/testing/stored-events';
import { webhookEvents } from './webhook.events.js';

storedEventsSpec([...webhookEvents], new URL('./stored-events/', import.meta.url));
