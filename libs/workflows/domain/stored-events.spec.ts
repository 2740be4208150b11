import { storedEventsSpec } from '#libs/testing/stored-events';
import { calendarEvents } from './calendar/calendar.events.js';
import { workflowEvents } from './workflow.events.js';

storedEventsSpec([...workflowEvents, ...calendarEvents], new URL('./stored-events/', import.meta.url));
