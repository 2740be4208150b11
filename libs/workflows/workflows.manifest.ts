import { workflowEvents } from './domain/workflow.events.js';
import { workflowsGroup } from './infrastructure/read-models/workflow-list/workflow-list.projection.js';

/** What the room brings to the program as plain data. */
export const workflowsManifest = {
  events: workflowEvents,
  projectionGroups: [workflowsGroup],
  processManagers: [],
};
