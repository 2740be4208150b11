import type { Decider } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { createWorkflow } from './decisions/create-workflow.js';
import { publishWorkflow } from './decisions/publish-workflow.js';
import { replaceDraft } from './decisions/replace-draft.js';
import { retireWorkflow } from './decisions/retire-workflow.js';
import type { WorkflowCommand } from './workflow.commands.js';
import type { WorkflowEvent } from './workflow.events.js';
import { evolve, noWorkflow, type Workflow } from './workflow.state.js';

/** A workflow from its first draft to its retirement. */
export const workflowDecider: Decider<Workflow, WorkflowCommand, WorkflowEvent> = {
  initialState: noWorkflow,
  evolve,
  decide(command, workflow) {
    switch (command.type) {
      case 'CreateWorkflow':
        return createWorkflow(command, workflow);
      case 'ReplaceDraft':
        return replaceDraft(command, workflow);
      case 'PublishWorkflow':
        return publishWorkflow(command, workflow);
      case 'RetireWorkflow':
        return retireWorkflow(command, workflow);
      default:
        return unreachable(command);
    }
  },
};
