import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { isKnown } from '../../domain/workflow.state.js';
import { DefinitionWarnings } from '../definition-warnings.js';
import { WorkflowBusCommand } from '../workflow-command.js';
import { WorkflowStreams } from '../workflow-streams.js';

export class PublishWorkflowCommand extends WorkflowBusCommand<{ workflowId: string }> {}

/** Finds out which of the rulesets and calendars that the draft names are published: so what is published can be started. */
@CommandHandler(PublishWorkflowCommand)
export class PublishWorkflowHandler implements ICommandHandler<PublishWorkflowCommand> {
  constructor(
    private readonly workflows: WorkflowStreams,
    private readonly warnings: DefinitionWarnings,
  ) {}

  async execute({ data, metadata, options }: PublishWorkflowCommand) {
    const { workspaceId } = metadata;
    const { state } = await this.workflows.load(data.workflowId, { workspaceId });
    const facts = isKnown(state) ? await this.warnings.published(workspaceId, state.draft.definition) : {};
    return this.workflows.handle(data.workflowId, { type: 'PublishWorkflow', data, facts, metadata }, options);
  }
}
