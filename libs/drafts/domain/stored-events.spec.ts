import { storedEventsSpec } from '#libs/testing/stored-events';
import { draftEvents } from './draft.events.js';

storedEventsSpec([...draftEvents], new URL('./stored-events/', import.meta.url));
