import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Hashing } from '#libs/kernel/application/hashing';
import { canonicalJson } from '#libs/kernel/domain/canonical-json';
import { normaliseRuleset } from '../../domain/rulesets/normalise-ruleset.js';
import { RulesetBusCommand } from './ruleset-command.js';
import { RulesetStreams } from './ruleset-streams.js';

/** `idOrKey`: which one; `ruleset`: as the client wrote it, key and name may be left out. */
export class ReplaceRulesetDraftCommand extends RulesetBusCommand<{ idOrKey: string; ruleset: unknown }> {}

/** Lends the new draft the key and name of the old one where it names none. */
@CommandHandler(ReplaceRulesetDraftCommand)
export class ReplaceRulesetDraftHandler implements ICommandHandler<ReplaceRulesetDraftCommand> {
  constructor(
    private readonly rulesets: RulesetStreams,
    private readonly hashing: Hashing,
  ) {}

  async execute({ data, metadata, options }: ReplaceRulesetDraftCommand) {
    const { ruleset: known } = await this.rulesets.find(metadata.workspaceId, data.idOrKey);
    const { rulesetId, key, draft } = known;
    const ruleset = normaliseRuleset(data.ruleset, { key, name: draft.ruleset.name });
    const contentHash = this.hashing.sha256(canonicalJson(ruleset));
    return this.rulesets.handle(
      rulesetId,
      { type: 'ReplaceRulesetDraft', data: { rulesetId }, facts: { ruleset, contentHash }, metadata },
      options,
    );
  }
}
