import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { derivedId } from '#libs/kernel/domain/ids';
import { normaliseRuleset } from '../../domain/rulesets/normalise-ruleset.js';
import { RulesetBusCommand } from './ruleset-command.js';
import { RulesetStreams } from './ruleset-streams.js';

/** `ruleset`: as the client wrote it, plain rules or condition trees. */
export class CreateRulesetCommand extends RulesetBusCommand<{ ruleset: unknown }> {}

/** Gives the ruleset its id and claims its key beside the first draft. */
@CommandHandler(CreateRulesetCommand)
export class CreateRulesetHandler implements ICommandHandler<CreateRulesetCommand> {
  constructor(
    private readonly rulesets: RulesetStreams,
    private readonly hashing: Hashing,
  ) {}

  async execute({ data, metadata, options }: CreateRulesetCommand) {
    const ruleset = normaliseRuleset(data.ruleset);
    const contentHash = this.hashing.sha256(canonicalJson(ruleset));
    const rulesetId = derivedId(metadata.commandId, 'ruleset', 0);
    return this.rulesets.handle(
      rulesetId,
      { type: 'CreateRuleset', data: { rulesetId }, facts: { ruleset, contentHash }, metadata },
      { ...options, claim: this.rulesets.claimOf(ruleset.key, metadata.now) },
    );
  }
}
