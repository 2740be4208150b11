import type { JsonObject } from '#libs/kernel/domain/json';
import type { EventMetadata, Position, RecordedEvent } from '../application/event-store.js';

/** An event as it is stored; without a position there is none, but what stands beside it is told. */
export interface EventRow {
  position: string | null;
  stream_id: string;
  revision: string;
  event_id: string;
  type: string;
  schema_version: number;
  data: JsonObject;
  metadata: EventMetadata;
}

const EVENT_COLUMNS = 'position, stream_id, revision, event_id, type, schema_version, data, metadata';

/** The events and the stream's revision out of one snapshot; one row without an event when there is none to give. */
const readStreamSql = (condition: string, order: string) => `
  SELECT s.last, e.* FROM (SELECT (SELECT revision FROM es.events WHERE stream_id = $1
                                   ORDER BY revision DESC LIMIT 1) AS last) AS s
  LEFT JOIN LATERAL (SELECT ${EVENT_COLUMNS} FROM es.events WHERE stream_id = $1 AND ${condition}
                     ORDER BY revision ${order} LIMIT $3) AS e ON true
  ORDER BY e.revision ${order}`;
export const READ_FORWARDS = readStreamSql('revision >= $2', 'ASC');
export const READ_BACKWARDS = readStreamSql('revision <= $2', 'DESC');

export const READ_STREAMS = `
  SELECT e.* FROM unnest($1::text[]) AS s(id)
  CROSS JOIN LATERAL (SELECT ${EVENT_COLUMNS} FROM es.events WHERE stream_id = s.id ORDER BY revision) AS e`;

/** $3 is how many positions one call walks at most, so that a rare type cannot make it read the whole log. */
const readAllSql = (filter: string) => `
  SELECT h.head, e.* FROM (SELECT coalesce(max(position), 0) AS head FROM es.events) AS h
  LEFT JOIN LATERAL (SELECT ${EVENT_COLUMNS} FROM es.events
                     WHERE position > $1 AND position <= $1::bigint + $3 AND position <= h.head ${filter}
                     ORDER BY position LIMIT $2) AS e ON true
  ORDER BY e.position`;
export const READ_ALL = readAllSql('');
export const READ_TYPES = readAllSql('AND type = ANY ($4)');

export const HEAD = 'SELECT coalesce(max(position), 0) AS head FROM es.events';

export function toEvents(rows: readonly EventRow[]): RecordedEvent[] {
  const events: RecordedEvent[] = [];
  for (const row of rows) {
    if (row.position === null) continue;
    events.push({
      id: row.event_id,
      streamId: row.stream_id,
      revision: BigInt(row.revision),
      position: row.position as Position,
      type: row.type,
      schemaVersion: row.schema_version,
      data: row.data,
      metadata: row.metadata,
    });
  }
  return events;
}
