import { calendarEvents } from './domain/calendar/calendar.events.js';
import { calendarsGroup } from './infrastructure/read-models/calendar-list/calendar-list.projection.js';
import { rulesetEvents } from './domain/rulesets/ruleset.events.js';
import { workflowEvents } from './domain/workflow.events.js';
import { rulesetsGroup } from './infrastructure/read-models/ruleset-list/ruleset-list.projection.js';
import { workflowsGroup } from './infrastructure/read-models/workflow-list/workflow-list.projection.js';

/** What the room brings to the program as plain data. */
export const workflowsManifest = {
  events: [...workflowEvents, ...calendarEvents, ...rulesetEvents],
  projectionGroups: [workflowsGroup, calendarsGroup, rulesetsGroup],
  processManagers: [],
};
