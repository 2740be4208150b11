import { storedEventsSpec } from '#libs/testing/stored-events';
import { claimEvents } from './claim.events.js';

storedEventsSpec(claimEvents, new URL('./stored-events/', import.meta.url));
