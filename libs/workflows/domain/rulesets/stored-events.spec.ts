import { storedEventsSpec } from '#libs/testing/stored-events';
import { rulesetEvents } from './ruleset.events.js';

storedEventsSpec(rulesetEvents, new URL('./stored-events/', import.meta.url));
