import type { RetireWorkflow } from '../workflow.commands.js';
import { WorkflowNotFound } from '../workflow.errors.js';
import type { WorkflowEvent } from '../workflow.events.js';
import { isKnown, type Workflow } from '../workflow.state.js';

/** No new review starts under it; running ones go on. Retiring twice is retiring once. */
export function retireWorkflow({ metadata }: RetireWorkflow, workflow: Workflow): WorkflowEvent[] {
  if (!isKnown(workflow)) throw new WorkflowNotFound('There is no such workflow.');
  if (workflow.status === 'retired') return [];

  return [{ type: 'WorkflowRetired', data: { retiredBy: metadata.actor.id, at: metadata.now } }];
}
