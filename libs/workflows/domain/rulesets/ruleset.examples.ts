import type { Ruleset } from '#libs/kernel/domain/ruleset';
import { at, metadata } from '../workflow.examples.js';
import { normaliseRuleset } from './normalise-ruleset.js';
import type { RulesetCommand } from './ruleset.commands.js';
import type { RulesetEvent } from './ruleset.events.js';

/* One fixed day in workspace `demo`: Ada draws the rules of small loans. */

export const AUTO = 'rs-loans';

/** Loans up to this many minor units need nobody. */
export const small = (limit = '50000'): Ruleset =>
  normaliseRuleset({
    key: 'loan-auto',
    name: 'Small loans',
    rules: [{ name: 'small', when: [{ path: 'amountMinor', op: 'lte', value: limit }], outcome: 'approve' }],
  });

const hashOf = (ruleset: Ruleset) => `hash of ${JSON.stringify(ruleset)}`;

const ask = <T extends RulesetCommand['type']>(type: T, now: string, ruleset?: Ruleset) =>
  ({
    type,
    data: { rulesetId: AUTO },
    facts: ruleset ? { ruleset, contentHash: hashOf(ruleset) } : {},
    metadata: metadata(at(now)),
  }) as Extract<RulesetCommand, { type: T }>;

export const create = (ruleset: Ruleset, now = '09:00') => ask('CreateRuleset', now, ruleset);
export const replace = (ruleset: Ruleset, now = '10:00') => ask('ReplaceRulesetDraft', now, ruleset);
export const publish = (now = '11:00') => ask('PublishRuleset', now);

export const drafted = (ruleset: Ruleset, now = '09:00'): RulesetEvent => ({
  type: 'RulesetDrafted',
  data: { rulesetId: AUTO, ruleset, contentHash: hashOf(ruleset), draftedBy: 'usr_ada', at: at(now) },
});
export const replaced = (ruleset: Ruleset, now = '10:00'): RulesetEvent => ({
  type: 'RulesetDraftReplaced',
  data: { ruleset, contentHash: hashOf(ruleset), replacedBy: 'usr_ada', at: at(now) },
});
export const published = (version: number, ruleset: Ruleset, now = '11:00'): RulesetEvent => ({
  type: 'RulesetPublished',
  data: { version, ruleset, contentHash: hashOf(ruleset), effectiveFrom: at(now), publishedBy: 'usr_ada' },
});
