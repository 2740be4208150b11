import type { Command } from '#libs/kernel/domain/message';
import type { NewEvent } from './event-store.js';
import type { Loaded, Outcome, ReceiptEvent } from './stream-definition.js';

/** @param before the stream's revision before them */
export const receiptEvents = (events: readonly Pick<NewEvent, 'id' | 'type'>[], before: bigint): ReceiptEvent[] =>
  events.map(({ id, type }, index) => ({ id, type, revision: before + 1n + BigInt(index) }));

export const outcomeOf = <State>(
  { metadata: { commandId } }: Command,
  stream: string,
  { state, revision, position }: Loaded<State>,
  events: readonly ReceiptEvent[],
): Outcome<State> => ({ receipt: { commandId, stream, revision, position, events }, state, replayed: false });
