import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { RulesetBusCommand } from './ruleset-command.js';
import { RulesetStreams } from './ruleset-streams.js';

export class PublishRulesetCommand extends RulesetBusCommand<{ idOrKey: string }> {}

@CommandHandler(PublishRulesetCommand)
export class PublishRulesetHandler implements ICommandHandler<PublishRulesetCommand> {
  constructor(private readonly rulesets: RulesetStreams) {}

  async execute({ data, metadata, options }: PublishRulesetCommand) {
    const { ruleset } = await this.rulesets.find(metadata.workspaceId, data.idOrKey);
    const { rulesetId } = ruleset;
    return this.rulesets.handle(
      rulesetId,
      { type: 'PublishRuleset', data: { rulesetId }, facts: {}, metadata },
      options,
    );
  }
}
