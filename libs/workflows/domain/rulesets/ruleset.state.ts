import { unreachable } from '#libs/kernel/domain/unreachable';
import type { Ruleset } from '#libs/kernel/domain/ruleset';
import type { RulesetEvent } from './ruleset.events.js';

/** A published version: immutable. */
export type RulesetVersion = Readonly<{
  version: number;
  ruleset: Ruleset;
  contentHash: string;
  effectiveFrom: string;
  publishedBy: string;
}>;

export type RulesetDraft = Readonly<{ ruleset: Ruleset; contentHash: string; changedBy: string; changedAt: string }>;

export type KnownRuleset = Readonly<{
  status: 'active';
  rulesetId: string;
  key: string;
  /** What the next publish would publish; equal to the newest version when nothing was changed since. */
  draft: RulesetDraft;
  /** Oldest first, dense from version 1. */
  versions: readonly RulesetVersion[];
  createdBy: string;
  createdAt: string;
}>;

export type RulesetState = Readonly<{ status: 'missing' }> | KnownRuleset;

export const noRuleset: RulesetState = { status: 'missing' };

/** True when the draft differs from the newest published version. */
export const isDraftNew = ({ draft, versions }: KnownRuleset): boolean =>
  versions.at(-1)?.contentHash !== draft.contentHash;

/** Facts only: nothing is checked here, because everything here has already happened. */
export function evolve(state: RulesetState, event: RulesetEvent): RulesetState {
  if (event.type === 'RulesetDrafted') {
    const { rulesetId, ruleset, contentHash, draftedBy, at } = event.data;
    const draft = { ruleset, contentHash, changedBy: draftedBy, changedAt: at };
    return {
      status: 'active',
      rulesetId,
      key: ruleset.key,
      draft,
      versions: [],
      createdBy: draftedBy,
      createdAt: at,
    };
  }
  if (event.type === 'RulesetAbandoned') return noRuleset;
  return state.status === 'missing' ? state : next(state, event);
}

function next(
  state: KnownRuleset,
  event: Exclude<RulesetEvent, { type: 'RulesetDrafted' | 'RulesetAbandoned' }>,
): KnownRuleset {
  switch (event.type) {
    case 'RulesetDraftReplaced': {
      const { ruleset, contentHash, replacedBy, at } = event.data;
      return { ...state, draft: { ruleset, contentHash, changedBy: replacedBy, changedAt: at } };
    }
    case 'RulesetPublished':
      return { ...state, versions: [...state.versions, event.data] };
    default:
      return unreachable(event);
  }
}
