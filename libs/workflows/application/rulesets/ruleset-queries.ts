import { Injectable } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { ConditionTrace } from '#libs/kernel/domain/condition';
import { evaluateRuleset, type Conclusion, type RuleAnswer, type Ruleset } from '#libs/kernel/domain/ruleset';
import { isDraftNew, type KnownRuleset, type RulesetVersion } from '../../domain/rulesets/ruleset.state.js';
import type { AtRevision } from '../queries/workflow-queries.js';
import { RulesetStreams } from './ruleset-streams.js';

/** `GET /rulesets/{id or key}`: what stands in the draft; the published versions are under `/versions`. */
export interface RulesetDetail extends Omit<Ruleset, 'key'> {
  readonly id: string;
  readonly key: string;
  /** The newest published version, null before the first. */
  readonly version: number | null;
  /** The rules shown differ from the newest published version. */
  readonly draft: boolean;
  readonly contentHash: string;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly changedBy: string;
  readonly changedAt: string;
}

export interface RulesetVersionSummary {
  readonly version: number;
  readonly name: string;
  readonly contentHash: string;
  readonly effectiveFrom: string;
  readonly publishedBy: string;
}

/** `GET /rulesets/{id or key}/versions/{n}` */
export interface RulesetVersionView extends RulesetVersionSummary, Omit<Ruleset, 'name'> {
  readonly rulesetId: string;
}

/** Which rules an answer is about: a published version, or the draft (`version: null`) where that is another. */
export interface WhichRules {
  readonly rulesetId: string;
  readonly key: string;
  readonly version: number | null;
  readonly contentHash: string;
}

/** How one rule came to its answer; without `condition` when it has none, is off, or there was no more room. */
export interface TracedRule extends RuleAnswer {
  readonly condition?: ConditionTrace;
}

/** `POST /rulesets/{key}/dry-run` */
export interface DryRun extends WhichRules, Conclusion {
  /** As if the rules in shadow were enforced; null when none is. */
  readonly shadow: Conclusion | null;
  readonly trace: readonly TracedRule[];
}

/** Strong reads of one ruleset: folded from its stream. `RulesetNotFound` outside the workspace. */
@Injectable()
export class RulesetQueries {
  constructor(private readonly rulesets: RulesetStreams) {}

  async detail(workspaceId: string, idOrKey: string): Promise<AtRevision<RulesetDetail>> {
    const { ruleset, revision } = await this.rulesets.find(workspaceId, idOrKey);
    return { view: detailOf(ruleset), revision };
  }

  /** Newest first. */
  async versions(workspaceId: string, idOrKey: string): Promise<AtRevision<{ data: RulesetVersionSummary[] }>> {
    const { ruleset, revision } = await this.rulesets.find(workspaceId, idOrKey);
    return { view: { data: ruleset.versions.map(summaryOf).toReversed() }, revision };
  }

  async version(workspaceId: string, idOrKey: string, version: number): Promise<AtRevision<RulesetVersionView>> {
    const { ruleset: known, revision } = await this.rulesets.find(workspaceId, idOrKey);
    const found = numbered(known, version);
    return { view: { rulesetId: known.rulesetId, ...found.ruleset, ...summaryOf(found) }, revision };
  }

  /** The rules of a published version, of the draft unless told. @throws NotFound */
  async rules(
    workspaceId: string,
    idOrKey: string,
    version?: number,
  ): Promise<{ which: WhichRules; ruleset: Ruleset }> {
    const { ruleset: known } = await this.rulesets.find(workspaceId, idOrKey);
    const { rulesetId, key, draft } = known;
    const { ruleset, contentHash } = version === undefined ? draft : numbered(known, version);
    return { which: { rulesetId, key, version: version ?? null, contentHash }, ruleset };
  }

  /** The version that rules are by what they say, however they were asked for; null: they were never published. */
  async numberOf(workspaceId: string, { rulesetId, version, contentHash }: WhichRules): Promise<number | null> {
    if (version !== null) return version;
    const { ruleset } = await this.rulesets.find(workspaceId, rulesetId);
    return ruleset.versions.findLast((it) => it.contentHash === contentHash)?.version ?? null;
  }

  /** What the rules say of one payload; nothing is recorded. */
  async dryRun(workspaceId: string, idOrKey: string, payload: JsonObject, version?: number): Promise<DryRun> {
    const { which, ruleset } = await this.rules(workspaceId, idOrKey, version);
    const number = await this.numberOf(workspaceId, which);
    const { rules, traces, ...conclusion } = evaluateRuleset(ruleset, payload);
    const conditions = new Map(traces.map(({ rule, trace }) => [rule, trace]));
    const trace = rules.map((rule) => {
      const condition = conditions.get(rule.name);
      return { ...rule, ...(condition && { condition }) };
    });
    return { ...which, version: number, ...conclusion, trace };
  }
}

function numbered({ versions }: KnownRuleset, version: number): RulesetVersion {
  const found = versions.find((candidate) => candidate.version === version);
  if (!found) throw new NotFound(`There is no version ${version} of this ruleset.`);
  return found;
}

function detailOf(known: KnownRuleset): RulesetDetail {
  const { rulesetId: id, draft, versions, createdBy, createdAt } = known;
  const { ruleset, contentHash, changedBy, changedAt } = draft;
  const version = versions.at(-1)?.version ?? null;
  return { id, ...ruleset, version, draft: isDraftNew(known), contentHash, createdBy, createdAt, changedBy, changedAt };
}

const summaryOf = ({ version, ruleset, contentHash, effectiveFrom, publishedBy }: RulesetVersion) => ({
  version,
  name: ruleset.name,
  contentHash,
  effectiveFrom,
  publishedBy,
});
