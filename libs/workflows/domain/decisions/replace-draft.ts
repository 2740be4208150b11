import type { ReplaceDraft } from '../workflow.commands.js';
import { DefinitionInvalid, WorkflowNotFound, WorkflowStateRefused } from '../workflow.errors.js';
import type { WorkflowEvent } from '../workflow.events.js';
import { isKnown, type Workflow } from '../workflow.state.js';

/** A new draft; published versions and the reviews that run on them are untouched. The key never changes. */
export function replaceDraft({ facts, metadata }: ReplaceDraft, workflow: Workflow): WorkflowEvent[] {
  if (!isKnown(workflow)) throw new WorkflowNotFound('There is no such workflow.');
  if (workflow.status === 'retired') throw new WorkflowStateRefused('A retired workflow takes no new draft.');

  const { definition, contentHash } = facts;
  if (definition.key !== workflow.key) {
    const detail = `The key of a workflow never changes; it is ${workflow.key}.`;
    throw new DefinitionInvalid([{ pointer: '/key', code: 'immutable', detail }]);
  }
  if (contentHash === workflow.draft.contentHash) return [];

  const replacement = { definition, contentHash, replacedBy: metadata.actor.id, at: metadata.now };
  return [{ type: 'WorkflowDraftReplaced', data: replacement }];
}
