import type { PinnedRuleset } from '#libs/kernel/domain/ruleset';
import type { RulesetCatalogue } from '#libs/workflows/application/rulesets/ruleset-catalogue';
import { versionOfPin } from '../domain/auto-rules.js';
import type { StartedReview } from '../domain/review.state.js';

/** The rules that a review was started under, whatever was published since; undefined when people alone decide. */
export const rulesPinnedBy = async (
  rulesets: RulesetCatalogue,
  workspaceId: string,
  { auto, rulesetVersion: pin }: Pick<StartedReview, 'auto' | 'rulesetVersion'>,
): Promise<PinnedRuleset | undefined> =>
  auto && pin !== null ? rulesets.pinned(workspaceId, auto.ruleset, versionOfPin(pin)) : undefined;
