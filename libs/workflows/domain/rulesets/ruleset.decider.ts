import type { Decider } from '#libs/kernel/domain/decider';
import { unreachable } from '#libs/kernel/domain/unreachable';
import { DefinitionInvalid } from '../workflow.errors.js';
import type { CreateRuleset, PublishRuleset, ReplaceRulesetDraft, RulesetCommand } from './ruleset.commands.js';
import { RulesetKeyTaken, RulesetNotFound } from './ruleset.errors.js';
import type { RulesetEvent } from './ruleset.events.js';
import { evolve, isDraftNew, noRuleset, type RulesetState } from './ruleset.state.js';

/** A ruleset from its first draft on. Like a workflow, but nothing starts under it, so that it is never retired. */
export const rulesetDecider: Decider<RulesetState, RulesetCommand, RulesetEvent> = {
  initialState: noRuleset,
  evolve,
  decide(command, state) {
    switch (command.type) {
      case 'CreateRuleset':
        return create(command, state);
      case 'ReplaceRulesetDraft':
        return replaceDraft(command, state);
      case 'PublishRuleset':
        return publish(command, state);
      default:
        return unreachable(command);
    }
  },
};

/** The first draft. The key is claimed beside this append: one ruleset per key and workspace. */
function create({ data, facts, metadata }: CreateRuleset, state: RulesetState): RulesetEvent[] {
  if (state.status !== 'missing') throw new RulesetKeyTaken(state.key, state.rulesetId);

  const { ruleset, contentHash } = facts;
  const draft = { ...data, ruleset, contentHash, draftedBy: metadata.actor.id, at: metadata.now };
  return [{ type: 'RulesetDrafted', data: draft }];
}

/** A new draft; published versions and the reviews that pinned them are untouched. The key never changes. */
function replaceDraft({ facts, metadata }: ReplaceRulesetDraft, state: RulesetState): RulesetEvent[] {
  if (state.status === 'missing') throw new RulesetNotFound();

  const { ruleset, contentHash } = facts;
  if (ruleset.key !== state.key) {
    const detail = `The key of a ruleset never changes; it is ${state.key}.`;
    throw new DefinitionInvalid([{ pointer: '/key', code: 'immutable', detail }]);
  }
  if (contentHash === state.draft.contentHash) return [];

  const replacement = { ruleset, contentHash, replacedBy: metadata.actor.id, at: metadata.now };
  return [{ type: 'RulesetDraftReplaced', data: replacement }];
}

/** The draft becomes the next version. Publishing an unchanged draft again changes nothing. */
function publish({ metadata }: PublishRuleset, state: RulesetState): RulesetEvent[] {
  if (state.status === 'missing') throw new RulesetNotFound();
  if (!isDraftNew(state)) return [];

  const { ruleset, contentHash } = state.draft;
  const version = state.versions.length + 1;
  const published = { version, ruleset, contentHash, effectiveFrom: metadata.now, publishedBy: metadata.actor.id };
  return [{ type: 'RulesetPublished', data: published }];
}
