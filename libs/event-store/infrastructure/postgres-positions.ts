import type { Position } from '../application/event-store.js';

/** What a bigint column holds. */
export const MAX_POSITION = 2n ** 63n - 1n;

export const positionOf = (position: bigint) => String(position) as Position;

/** @throws TypeError for what is no position */
export function numberOf(position: Position): bigint {
  const number = /^\d{1,19}$/.test(position) ? BigInt(position) : -1n;
  if (number < 0n || number > MAX_POSITION) throw new TypeError('Not a position of this event store.');
  return number;
}
