import { storedEventsSpec } from '#libs/testing/stored-events';
import { delegationEvents } from './delegation.events.js';

storedEventsSpec(delegationEvents, new URL('./stored-events/', import.meta.url));
