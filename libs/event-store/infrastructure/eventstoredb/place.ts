import type { Position as LogPosition } from '@eventstore/db-client';
import type { Position } from '../../application/event-store.js';

/** Where an event lies in EventStoreDB's log. Both numbers are kept: either alone does not resume a subscription. */
export type Place = Readonly<LogPosition>;

/** Before the first event: 0/0 is taken, it may be the first event's own place. */
export const START: Place = { commit: -1n, prepare: -1n };

/** Positions are signed 64-bit numbers; servers before 24.10.5 can send 2^64-1, which would end a subscription for good. */
const LIMIT = 2n ** 63n;

export const toPosition = ({ commit, prepare }: Place): Position => `${commit}/${prepare}` as Position;

/** Throws a `TypeError` on what another store wrote. */
export function toPlace(position: Position | 'start'): Place {
  if (position === 'start') return START;
  const [, commit, prepare] = /^(-1|\d{1,19})\/(-1|\d{1,19})$/.exec(position) ?? [];
  if (commit === undefined || prepare === undefined)
    throw new TypeError(`Not a position of EventStoreDB (commit/prepare): ${JSON.stringify(position)}`);
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}

export function comparePlaces(a: Place, b: Place): number {
  if (a.commit !== b.commit) return a.commit < b.commit ? -1 : 1;
  if (a.prepare !== b.prepare) return a.prepare < b.prepare ? -1 : 1;
  return 0;
}

/** Whether one may go on to `next`: greater than `last`, and a number that a server can mean. */
export const isProgress = (last: Place, next: Place): boolean =>
  next.commit < LIMIT && next.prepare < LIMIT && comparePlaces(next, last) > 0;

export const later = (a: Place, b: Place): Place => (comparePlaces(a, b) >= 0 ? a : b);
