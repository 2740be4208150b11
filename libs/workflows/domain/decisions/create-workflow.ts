import type { CreateWorkflow } from '../workflow.commands.js';
import { WorkflowKeyTaken } from '../workflow.errors.js';
import type { WorkflowEvent } from '../workflow.events.js';
import { isKnown, type Workflow } from '../workflow.state.js';

/** The first draft. The key is claimed beside this append: one workflow per key and workspace. */
export function createWorkflow({ data, facts, metadata }: CreateWorkflow, workflow: Workflow): WorkflowEvent[] {
  if (isKnown(workflow)) throw new WorkflowKeyTaken(workflow.key, workflow.workflowId);

  const { definition, contentHash } = facts;
  const draft = { ...data, definition, contentHash, draftedBy: metadata.actor.id, at: metadata.now };
  return [{ type: 'WorkflowDrafted', data: draft }];
}
