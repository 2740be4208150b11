import { storedEventsSpec } from '#libs/testing/stored-events';
import { commentEvents, reviewEvents } from './review.events.js';

storedEventsSpec([...reviewEvents, ...commentEvents], new URL('./stored-events/', import.meta.url));
