import { unpublished } from '../definition/unpublished.js';
import type { PublishWorkflow } from '../workflow.commands.js';
import { DefinitionInvalid, WorkflowNotFound, WorkflowStateRefused } from '../workflow.errors.js';
import type { WorkflowEvent } from '../workflow.events.js';
import { hasDraft, isKnown, type Workflow } from '../workflow.state.js';

/** The draft becomes the next version. Publishing an unchanged draft again changes nothing. */
export function publishWorkflow({ facts, metadata }: PublishWorkflow, workflow: Workflow): WorkflowEvent[] {
  if (!isKnown(workflow)) throw new WorkflowNotFound('There is no such workflow.');
  if (workflow.status === 'retired') throw new WorkflowStateRefused('A retired workflow is not published again.');
  if (!hasDraft(workflow)) return [];

  const { definition, contentHash } = workflow.draft;
  const faults = unpublished(definition, facts);
  if (faults.length > 0) throw new DefinitionInvalid(faults);

  const version = workflow.versions.length + 1;
  const published = { version, definition, contentHash, effectiveFrom: metadata.now, publishedBy: metadata.actor.id };
  return [{ type: 'WorkflowPublished', data: published }];
}
