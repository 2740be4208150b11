import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { namedCalendars } from '../../domain/definition/named-calendars.js';
import { isKnown } from '../../domain/workflow.state.js';
import { CalendarCatalogue } from '../calendar-catalogue.js';
import { RulesetCatalogue } from '../rulesets/ruleset-catalogue.js';
import { WorkflowBusCommand } from '../workflow-command.js';
import { WorkflowStreams } from '../workflow-streams.js';

export class PublishWorkflowCommand extends WorkflowBusCommand<{ workflowId: string }> {}

/** Finds out which of the rulesets and calendars that the draft names are published: so what is published can be started. */
@CommandHandler(PublishWorkflowCommand)
export class PublishWorkflowHandler implements ICommandHandler<PublishWorkflowCommand> {
  constructor(
    private readonly workflows: WorkflowStreams,
    private readonly rulesets: RulesetCatalogue,
    private readonly calendars: CalendarCatalogue,
  ) {}

  async execute({ data, metadata, options }: PublishWorkflowCommand) {
    const { workspaceId } = metadata;
    const { state } = await this.workflows.load(data.workflowId, { workspaceId });
    const facts = isKnown(state) ? await this.publishedOf(workspaceId, state.draft.definition) : {};
    return this.workflows.handle(data.workflowId, { type: 'PublishWorkflow', data, facts, metadata }, options);
  }

  private async publishedOf(workspaceId: string, definition: Definition) {
    const named = definition.auto?.ruleset;
    const ruleset = named === undefined ? undefined : await this.rulesets.newest(workspaceId, named);
    const keys = [...new Set(namedCalendars(definition).map(({ key }) => key))];
    const found = await Promise.all(keys.map((key) => this.calendars.has(workspaceId, key)));
    return {
      rulesets: ruleset ? [ruleset.ruleset.key] : [],
      calendars: keys.filter((_, index) => found[index]),
    };
  }
}
