import { Injectable } from '@nestjs/common';
import type { PinnedRuleset } from '#libs/kernel/domain/ruleset';
import { RulesetNotFound } from '../../domain/rulesets/ruleset.errors.js';
import type { RulesetVersion } from '../../domain/rulesets/ruleset.state.js';
import { RulesetStreams } from './ruleset-streams.js';

/** Which rules decide a review without people; asked by other rooms. */
export abstract class RulesetCatalogue {
  /** The newest published version; undefined when there is none, and people decide. A strong read of the log. */
  abstract newest(workspaceId: string, key: string): Promise<PinnedRuleset | undefined>;
  /** The version that was pinned. @throws RulesetNotFound, which only another log than the review's can cause */
  abstract pinned(workspaceId: string, key: string, version: number): Promise<PinnedRuleset>;
}

@Injectable()
export class StreamedRulesets extends RulesetCatalogue {
  constructor(private readonly rulesets: RulesetStreams) {
    super();
  }

  override async newest(workspaceId: string, key: string): Promise<PinnedRuleset | undefined> {
    const versions = await this.versions(workspaceId, key);
    const newest = versions.published.at(-1);
    return newest && pin(versions.rulesetId, newest);
  }

  override async pinned(workspaceId: string, key: string, version: number): Promise<PinnedRuleset> {
    const { rulesetId, published } = await this.versions(workspaceId, key);
    const found = published.find((candidate) => candidate.version === version);
    if (!found) throw new RulesetNotFound();
    return pin(rulesetId, found);
  }

  private async versions(workspaceId: string, key: string) {
    try {
      const { ruleset } = await this.rulesets.find(workspaceId, key);
      return { rulesetId: ruleset.rulesetId, published: ruleset.versions };
    } catch (refusal) {
      if (!(refusal instanceof RulesetNotFound)) throw refusal;
      return { rulesetId: '', published: [] };
    }
  }
}

const pin = (rulesetId: string, { version, contentHash, ruleset }: RulesetVersion): PinnedRuleset => ({
  rulesetId,
  version,
  contentHash,
  ruleset,
});
