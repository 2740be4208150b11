import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { WorkflowBusCommand } from '../workflow-command.js';
import { WorkflowStreams } from '../workflow-streams.js';

export class PublishWorkflowCommand extends WorkflowBusCommand<{ workflowId: string }> {}

@CommandHandler(PublishWorkflowCommand)
export class PublishWorkflowHandler implements ICommandHandler<PublishWorkflowCommand> {
  constructor(private readonly workflows: WorkflowStreams) {}

  execute({ data, metadata, options }: PublishWorkflowCommand) {
    return this.workflows.handle(data.workflowId, { type: 'PublishWorkflow', data, facts: {}, metadata }, options);
  }
}
