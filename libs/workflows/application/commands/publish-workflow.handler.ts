import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { isKnown } from '../../domain/workflow.state.js';
import { RulesetCatalogue } from '../rulesets/ruleset-catalogue.js';
import { WorkflowBusCommand } from '../workflow-command.js';
import { WorkflowStreams } from '../workflow-streams.js';

export class PublishWorkflowCommand extends WorkflowBusCommand<{ workflowId: string }> {}

/** Finds out which of the rulesets that the draft names are published. */
@CommandHandler(PublishWorkflowCommand)
export class PublishWorkflowHandler implements ICommandHandler<PublishWorkflowCommand> {
  constructor(
    private readonly workflows: WorkflowStreams,
    private readonly rulesets: RulesetCatalogue,
  ) {}

  async execute({ data, metadata, options }: PublishWorkflowCommand) {
    const { state } = await this.workflows.load(data.workflowId, metadata);
    const named = isKnown(state) ? state.draft.definition.auto?.ruleset : undefined;
    const found = named === undefined ? undefined : await this.rulesets.newest(metadata.workspaceId, named);
    const facts = { rulesets: found ? [found.ruleset.key] : [] };
    return this.workflows.handle(data.workflowId, { type: 'PublishWorkflow', data, facts, metadata }, options);
  }
}
