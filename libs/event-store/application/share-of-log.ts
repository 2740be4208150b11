import type { Position } from './event-store.js';

/** Positions are opaque, but each store's begins with a number that grows along its log. */
export const measureOf = (position: Position): bigint => BigInt(/^\d+/.exec(position)?.[0] ?? 0);

/** How much of the log up to `head` a position has behind it: 0 to 1. */
export function shareOfLog(position: Position, head: Position): number {
  const all = measureOf(head);
  if (all === 0n) return 0;
  return Math.min(1, Number((measureOf(position) * 1000n) / all) / 1000);
}
