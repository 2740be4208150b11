import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { WorkflowBusCommand } from '../workflow-command.js';
import { WorkflowStreams } from '../workflow-streams.js';

export class RetireWorkflowCommand extends WorkflowBusCommand<{ workflowId: string }> {}

@CommandHandler(RetireWorkflowCommand)
export class RetireWorkflowHandler implements ICommandHandler<RetireWorkflowCommand> {
  constructor(private readonly workflows: WorkflowStreams) {}

  execute({ data, metadata, options }: RetireWorkflowCommand) {
    return this.workflows.handle(data.workflowId, { type: 'RetireWorkflow', data, facts: {}, metadata }, options);
  }
}
