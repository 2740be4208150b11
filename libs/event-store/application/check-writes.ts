import type { EventStore, StreamWrite } from './event-store.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_NAME_LENGTH = 255;

/** A name that every store can keep: PostgreSQL's text has no U+0000, and half a surrogate pair has no UTF-8. */
const isName = (name: string) =>
  name.length > 0 && name.length <= MAX_NAME_LENGTH && !name.includes('\u0000') && name.isWellFormed();

/**
 * What no store may be asked to do, refused before anything is sent: a bug of the caller, hence a `TypeError`.
 * Every store calls it first, so that they refuse the same things.
 */
export function checkWrites(writes: readonly StreamWrite[], capabilities: EventStore['capabilities']): void {
  if (writes.length === 0) throw new TypeError('An append needs at least one stream.');
  if (writes.length > 1 && !capabilities.atomicMultiStream) {
    throw new TypeError('This event store appends to one stream at a time.');
  }
  const streams = new Set<string>();
  const ids = new Set<string>();
  for (const { streamId, expected, events } of writes) {
    if (!isName(streamId)) throw new TypeError('A stream id is 1 to 255 characters of well-formed text.');
    if (streams.has(streamId)) throw new TypeError(`The stream ${streamId} comes twice in one append.`);
    streams.add(streamId);
    if (typeof expected === 'bigint' && expected < 0n) throw new TypeError('An expected revision is 0 or greater.');
    if (events.length === 0 && !capabilities.checkOnlyStreams) {
      throw new TypeError('This event store cannot check a stream without writing to it.');
    }
    for (const { id, type, schemaVersion } of events) {
      if (!UUID.test(id)) throw new TypeError(`An event id is a lower-case UUID, not ${JSON.stringify(id)}.`);
      if (ids.has(id)) throw new TypeError(`The event ${id} comes twice in one append.`);
      ids.add(id);
      if (!isName(type)) throw new TypeError('An event type is 1 to 255 characters of well-formed text.');
      if (!Number.isInteger(schemaVersion) || schemaVersion < 1 || schemaVersion > 32_767) {
        throw new TypeError(`The schema version of ${type} must be an integer from 1 to 32,767.`);
      }
    }
  }
}
