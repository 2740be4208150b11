import type { Delegation } from './delegation.state.js';
import type { Scope } from './delegation.events.js';
import { common } from './scope.js';

/** A right is passed on at most this often: from the person it belongs to, to the one who uses it. */
export const MAX_DEPTH = 3;

/** Somebody a person may act for, and by whom the right came: the principal first, the person himself not in it. */
export interface Chain {
  readonly principal: string;
  readonly path: readonly [string, ...string[]];
}

/** What a grant is, as far as chains go. */
export type Link = Pick<Delegation, 'delegatorId' | 'delegateId'>;

/**
 * Everybody a person may act for by the grants that hold, nearest first, each by a shortest way. Nobody is passed
 * twice, so that a circle leads nowhere, and the right never comes back to the person itself.
 * @param grantedTo the grants that hold and have this delegate
 * @param passes whom a right may pass through: not people who have left
 */
export function chainsTo(
  delegateId: string,
  grantedTo: (delegateId: string) => readonly Link[],
  passes: (userId: string) => boolean,
): readonly Chain[] {
  const seen = new Set([delegateId]);
  const found: Chain[] = [];
  let reached: readonly { person: string; path: readonly string[] }[] = [{ person: delegateId, path: [] }];
  for (let depth = 0; depth < MAX_DEPTH && reached.length > 0; depth++) {
    const next: { person: string; path: readonly string[] }[] = [];
    for (const { person, path } of reached) {
      for (const delegatorId of [...new Set(grantedTo(person).map((grant) => grant.delegatorId))].toSorted()) {
        if (seen.has(delegatorId) || !passes(delegatorId)) continue;
        seen.add(delegatorId);
        const longer = [delegatorId, ...path] as const;
        found.push({ principal: delegatorId, path: longer });
        next.push({ person: delegatorId, path: longer });
      }
    }
    reached = next;
  }
  return found;
}

/** Who may act for a person by the grants that hold: the other way round. */
export function chainsFrom(
  principal: string,
  grantedBy: (delegatorId: string) => readonly Link[],
  passes: (userId: string) => boolean,
): readonly string[] {
  const seen = new Set([principal]);
  let reached: readonly string[] = [principal];
  for (let depth = 0; depth < MAX_DEPTH && reached.length > 0; depth++) {
    const next = reached
      .flatMap((person) => grantedBy(person).map(({ delegateId }) => delegateId))
      .filter((delegateId) => !seen.has(delegateId) && passes(delegateId));
    for (const person of next) seen.add(person);
    reached = [...new Set(next)];
  }
  seen.delete(principal);
  return [...seen].toSorted();
}

/** A chain, and what all the grants on it cover. */
export interface ScopedChain extends Chain {
  readonly scope: Scope;
}

/** More chains than this lead to nobody: a list of them is a list for people to read. */
const MOST_CHAINS = 1_000;

/** Every chain by which a person may act for others, each with what it covers; the same people by two grants are two. */
export function everyChainTo(
  delegateId: string,
  grantedTo: (delegateId: string) => readonly Grant[],
  passes: (userId: string) => boolean,
): readonly ScopedChain[] {
  const found: ScopedChain[] = [];
  let reached: readonly { path: readonly string[]; scope: Scope }[] = [{ path: [], scope: {} }];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next: ScopedChain[] = [];
    for (const { path, scope } of reached) {
      for (const grant of grantedTo(path[0] ?? delegateId)) {
        const { delegatorId } = grant;
        if (delegatorId === delegateId || path.includes(delegatorId) || !passes(delegatorId)) continue;
        const both = common(scope, grant.scope);
        if (both) next.push({ principal: delegatorId, path: [delegatorId, ...path], scope: both });
      }
    }
    found.push(...next);
    if (found.length >= MOST_CHAINS) break;
    reached = next;
  }
  return found.slice(0, MOST_CHAINS);
}

type Grant = Pick<Delegation, 'delegatorId' | 'delegateId' | 'from' | 'until' | 'scope'>;
type Held = Pick<Grant, 'from' | 'until' | 'scope'>;

/** More ways than this are not looked at one by one: that many grants among so few people are refused as a circle. */
const MOST_STEPS = 10_000;

/**
 * The circle a new grant would close: the people on it, or undefined. Grants that never hold at the same time, or that
 * cover nothing in common, make no circle.
 * @param grantedBy the grants of a delegator that are not revoked
 */
export function circleOf(
  { delegatorId, delegateId, ...held }: Grant,
  grantedBy: (delegatorId: string) => readonly Grant[],
): readonly string[] | undefined {
  let steps = 0;
  const walk = (path: readonly [...string[], string], before: Held): readonly string[] | undefined => {
    for (const next of grantedBy(path.at(-1) ?? delegateId)) {
      const both = together(before, next);
      if (!both || path.includes(next.delegateId)) continue;
      if (next.delegateId === delegatorId || ++steps > MOST_STEPS) return [delegatorId, ...path];
      const found = walk([...path, next.delegateId], both);
      if (found) return found;
    }
    return undefined;
  };
  return walk([delegateId], held);
}

/** The part of time and matter that both hold for. */
function together(a: Held, b: Held): Held | undefined {
  const from = a.from > b.from ? a.from : b.from;
  const until = a.until < b.until ? a.until : b.until;
  const scope = from < until ? common(a.scope, b.scope) : undefined;
  return scope && { from, until, scope };
}

/** Other grants of the same delegator that hold at the same time and cover something in common: allowed, and said. */
export const overlapping = (grant: Delegation, others: readonly Delegation[]): readonly Delegation[] =>
  others.filter(
    (other) => other.delegationId !== grant.delegationId && other.revoked === null && together(grant, other),
  );
