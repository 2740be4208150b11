import type { Command } from '#libs/kernel/domain/message';
import type { Ruleset } from '#libs/kernel/domain/ruleset';

/** The normal form of what was asked, and its content hash. */
type Drawn = { readonly ruleset: Ruleset; readonly contentHash: string };
type Nothing = Record<never, never>;

export type CreateRuleset = Command<'CreateRuleset', { rulesetId: string }, Drawn>;
export type ReplaceRulesetDraft = Command<'ReplaceRulesetDraft', { rulesetId: string }, Drawn>;
export type PublishRuleset = Command<'PublishRuleset', { rulesetId: string }, Nothing>;

export type RulesetCommand = CreateRuleset | ReplaceRulesetDraft | PublishRuleset;
