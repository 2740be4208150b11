import type { AllStreamRecordedEvent, EventData, RecordedEvent as StoredEvent } from '@eventstore/db-client';
import type { JsonObject } from '#libs/kernel/domain/json';
import type { EventMetadata, NewEvent, RecordedEvent } from '../../application/event-store.js';
import { storedJson } from '../../application/stored-json.js';
import { toPosition, type Place } from './place.js';

/** An event as it is sent: a copy of its own, so that sending it again sends the same bytes. */
export interface Envelope {
  readonly event: EventData;
  /** Bytes, as the server counts them against the size of an append. */
  readonly size: number;
}

/**
 * Serialises before anything is sent: a BigInt or a cycle inside the client's own serialisation makes its append hang.
 * The data is the event's data and nothing else; its schema version travels in the metadata.
 */
export function toEnvelope({ id, type, schemaVersion, data, metadata }: NewEvent): Envelope {
  const text = storedJson(data);
  const envelope = Buffer.from(storedJson({ ...metadata, schemaVersion }));
  return {
    event: {
      id,
      type,
      contentType: 'application/json',
      data: JSON.parse(text) as Record<string, unknown>,
      metadata: Uint8Array.from(envelope),
    },
    size: Buffer.byteLength(text) + envelope.length + type.length * 2,
  };
}

/** Events of others in a shared log, links and system events carry no such metadata. */
export const isOurs = (stored: StoredEvent | AllStreamRecordedEvent): boolean =>
  stored.isJson && Number.isInteger((stored.metadata as { schemaVersion?: unknown } | undefined)?.schemaVersion);

export function toRecorded(stored: StoredEvent | AllStreamRecordedEvent, place: Place): RecordedEvent {
  if (!isOurs(stored) || typeof stored.data !== 'object')
    throw new Error(`Event ${stored.id} of stream ${stored.streamId} was not written by this product.`);
  const { schemaVersion, ...metadata } = stored.metadata as unknown as EventMetadata & { schemaVersion: number };
  return {
    id: stored.id,
    type: stored.type,
    schemaVersion,
    data: stored.data as JsonObject,
    metadata,
    streamId: stored.streamId,
    revision: stored.revision,
    position: toPosition(place),
  };
}

/** The place of a stored event; servers before 22.6 do not say it outside of $all. */
export function placeOf(stored: StoredEvent | AllStreamRecordedEvent): Place {
  if (!stored.position) throw new Error('EventStoreDB did not say the position of an event: a server before 22.6?');
  return stored.position;
}
