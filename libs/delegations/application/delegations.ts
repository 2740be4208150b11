import type { Chain, ScopedChain } from '../domain/chains.js';
import type { Delegation } from '../domain/delegation.state.js';
import type { Matter } from '../domain/scope.js';

/** Somebody a person may act for. */
export interface ActsFor extends Chain {
  /** The streams of the grants on the way and where they stood: evidence, and what a decision relies on. */
  readonly revision: string;
}

/** Who may act for whom at one instant, in one workspace. Immutable: a change makes the next view. */
export interface DelegationsView {
  /**
   * Whom a person may act for in this matter (or in any), nearest first, each once.
   * @param passes whom the right may belong to or pass through: not people who have left
   */
  principalsOf(delegateId: string, matter: Matter | 'any', passes?: (userId: string) => boolean): readonly ActsFor[];
  /** Who may act for a person in this matter (or in any), sorted. */
  delegatesOf(principal: string, matter: Matter | 'any', passes?: (userId: string) => boolean): readonly string[];
  /** Every way by which a person may act for others, each with what it covers: for lists. */
  reachOf(delegateId: string, passes?: (userId: string) => boolean): readonly ScopedChain[];
  /** The delegators that the right of a person to act for another may come by, that other one included. */
  between(delegateId: string, principal: string): readonly string[];
  /** The streams of these delegators at the revisions this view has seen: what an append made by a right of theirs has to check. */
  reliesOn(delegatorIds: readonly string[]): ReadonlyMap<string, bigint>;
}

/** Who may act for whom, answered from memory: asking costs no I/O. */
export abstract class Delegations {
  /** As it stands now: a grant that was revoked is none, whatever the clocks of two machines say. */
  abstract at(workspaceId: string, now: string): DelegationsView;
  /** As it was at an earlier instant. */
  abstract asOf(workspaceId: string, instant: string): DelegationsView;
  /** Resolves once everything that was recorded when it was asked is known here. */
  abstract current(): Promise<void>;
  /** Every grant of the workspace there ever was. */
  abstract all(workspaceId: string): readonly Delegation[];
}
