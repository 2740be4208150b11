import { chainsFrom, chainsTo, everyChainTo, type ScopedChain } from '../domain/chains.js';
import type { Delegation } from '../domain/delegation.state.js';
import { covers, type Matter } from '../domain/scope.js';
import type { ActsFor, DelegationsView } from './delegations.js';

/** The grants of a workspace, as they are looked up. */
export interface Grants {
  readonly byDelegator: ReadonlyMap<string, readonly Delegation[]>;
  readonly byDelegate: ReadonlyMap<string, readonly Delegation[]>;
  /** Of each delegator's stream. */
  readonly revisions: ReadonlyMap<string, bigint>;
}

const everybody: (userId: string) => boolean = () => true;

/** The grants that hold at one instant. */
export class GrantsView implements DelegationsView {
  constructor(
    private readonly grants: Grants,
    private readonly holds: (grant: Delegation) => boolean,
  ) {}

  principalsOf(delegateId: string, matter: Matter | 'any', passes = everybody): readonly ActsFor[] {
    if (!this.grants.byDelegate.has(delegateId)) return [];
    return chainsTo(delegateId, this.to(matter), passes).map((chain) => ({
      ...chain,
      revision: chain.path.map((delegator) => `${streamOf(delegator)}@${this.revision(delegator)}`).join(','),
    }));
  }

  delegatesOf(principal: string, matter: Matter | 'any', passes = everybody): readonly string[] {
    if (!this.grants.byDelegator.has(principal)) return [];
    return chainsFrom(principal, this.from(matter), passes);
  }

  reachOf(delegateId: string, passes = everybody): readonly ScopedChain[] {
    if (!this.grants.byDelegate.has(delegateId)) return [];
    return everyChainTo(delegateId, this.to('any'), passes);
  }

  reliesOn(delegatorIds: readonly string[]): ReadonlyMap<string, bigint> {
    return new Map(delegatorIds.map((delegator) => [streamOf(delegator), this.revision(delegator)]));
  }

  between(delegateId: string, principal: string): readonly string[] {
    const reaching = new Set(chainsTo(delegateId, this.to('any'), everybody).map((chain) => chain.principal));
    const reached = new Set([principal, ...chainsFrom(principal, this.from('any'), everybody)]);
    return [...reaching].filter((person) => reached.has(person));
  }

  private to(matter: Matter | 'any') {
    return (delegateId: string) => this.those(this.grants.byDelegate.get(delegateId), matter);
  }

  private from(matter: Matter | 'any') {
    return (delegatorId: string) => this.those(this.grants.byDelegator.get(delegatorId), matter);
  }

  private those(grants: readonly Delegation[] = [], matter: Matter | 'any'): readonly Delegation[] {
    return grants.filter((grant) => this.holds(grant) && (matter === 'any' || covers(grant.scope, matter)));
  }

  private revision(delegatorId: string): bigint {
    return this.grants.revisions.get(delegatorId) ?? -1n;
  }
}

const streamOf = (delegatorId: string) => `delegation-${delegatorId}`;
