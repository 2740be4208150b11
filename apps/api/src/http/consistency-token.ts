import type { EventStore, Position } from '#libs/event-store/application/event-store';
import { InvalidParameter } from './refusals.js';

/** Where a client has got to in the log, as it travels in the header `Consistency-Token`. */
export interface ConsistencyToken {
  readonly position: Position;
  /** The kind of store the position belongs to. */
  readonly store: string;
}

export const writeToken = ({ position, store }: ConsistencyToken): string =>
  Buffer.from(JSON.stringify({ p: position, s: store })).toString('base64url');

const saneToken = /^[A-Za-z0-9_-]{1,300}$/;

/** @throws InvalidParameter when it is not a token of this installation */
export function readToken(
  text: string,
  store: Pick<EventStore, 'kind' | 'isPosition'>,
  parameter = 'Consistency-Token',
): ConsistencyToken {
  const parsed = saneToken.test(text) ? parse(Buffer.from(text, 'base64url').toString('utf8')) : undefined;
  const { p, s } = (parsed ?? {}) as { p?: unknown; s?: unknown };
  if (typeof p !== 'string' || s !== store.kind || !store.isPosition(p))
    throw new InvalidParameter(`Send the ${parameter} of an earlier answer, unchanged.`, { parameter });
  return { position: p, store: store.kind };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
