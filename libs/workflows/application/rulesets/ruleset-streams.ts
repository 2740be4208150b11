import { Injectable } from '@nestjs/common';
import { Claims, claimStreamId, type Claim } from '#libs/event-store/application/claims';
import { Codec } from '#libs/event-store/application/codec';
import { EventStore } from '#libs/event-store/application/event-store';
import { StreamHandler } from '#libs/event-store/application/stream-handler';
import type { RulesetCommand } from '../../domain/rulesets/ruleset.commands.js';
import { rulesetDecider } from '../../domain/rulesets/ruleset.decider.js';
import { RulesetKeyTaken, RulesetNotFound } from '../../domain/rulesets/ruleset.errors.js';
import type { RulesetEvent } from '../../domain/rulesets/ruleset.events.js';
import type { KnownRuleset, RulesetState } from '../../domain/rulesets/ruleset.state.js';

const KIND = 'ruleset-key';
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A ruleset as its stream tells it, and where the stream stands. */
export type FoundRuleset = Readonly<{ ruleset: KnownRuleset; revision: bigint }>;

/** The streams `ruleset-{id}`, and the keys by which they are found: one ruleset per key and workspace. */
@Injectable()
export class RulesetStreams extends StreamHandler<RulesetState, RulesetCommand, RulesetEvent> {
  private readonly keys: Claims;

  constructor(store: EventStore, codec: Codec) {
    super(store, codec, {
      category: 'ruleset',
      decider: rulesetDecider,
      creates: ({ type }) => type === 'CreateRuleset',
    });
    this.keys = new Claims(store, codec);
  }

  /** What whoever creates a ruleset has to take. */
  claimOf(key: string, now: string): Claim<RulesetEvent> {
    return {
      kind: KIND,
      key,
      isOver: async (rulesetId) => (await this.load(rulesetId)).state.status === 'missing',
      taken: (rulesetId) => new RulesetKeyTaken(key, rulesetId),
      abandon: (rulesetId) => ({ type: 'RulesetAbandoned', data: { rulesetId, at: now } }),
    };
  }

  /** By id or key, a strong read of the log. @throws RulesetNotFound when there is none in this workspace */
  async find(workspaceId: string, idOrKey: string): Promise<FoundRuleset> {
    const found = (await this.byId(workspaceId, idOrKey)) ?? (await this.byKey(workspaceId, idOrKey));
    if (!found) throw new RulesetNotFound();
    return found;
  }

  private async byKey(workspaceId: string, key: string): Promise<FoundRuleset | undefined> {
    if (!KEY.test(key)) return undefined;
    const { holder } = await this.keys.holding(claimStreamId(workspaceId, { kind: KIND, key }));
    return holder === undefined ? undefined : this.byId(workspaceId, holder);
  }

  private async byId(workspaceId: string, id: string): Promise<FoundRuleset | undefined> {
    if (!ID.test(id)) return undefined;
    const { state, revision, workspaceId: owner } = await this.load(id);
    return owner === workspaceId && state.status !== 'missing' ? { ruleset: state, revision } : undefined;
  }
}
