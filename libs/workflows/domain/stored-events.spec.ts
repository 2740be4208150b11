import { storedEventsSpec } from '#libs/testing/stored-events';
import { workflowEvents } from './workflow.events.js';

storedEventsSpec(workflowEvents, new URL('./stored-events/', import.meta.url));
