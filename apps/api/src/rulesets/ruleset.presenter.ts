import { isDraftNew, type RulesetState } from '#libs/workflows/domain/rulesets/ruleset.state';
import type { RulesetStateAnswer } from './ruleset.dto.js';

/** The `state` of a ruleset's receipt. */
export const rulesetState = (state: RulesetState): RulesetStateAnswer =>
  state.status === 'missing'
    ? { status: state.status, version: null, draft: false }
    : { status: state.status, version: versionOf(state), draft: isDraftNew(state) };

/** What stands beside the receipt. */
export const namedRuleset = (state: RulesetState) =>
  state.status === 'missing'
    ? { body: {} }
    : {
        body: { rulesetId: state.rulesetId, version: versionOf(state) },
        location: `/api/v1/rulesets/${state.rulesetId}`,
      };

/** A change of what is there makes nothing new. */
export const renamedRuleset = (state: RulesetState) => ({ body: namedRuleset(state).body });

const versionOf = (state: RulesetState): number | null =>
  state.status === 'missing' ? null : (state.versions.at(-1)?.version ?? null);
