import type { Recorded } from '#libs/kernel/domain/message';
import { appendOnly } from '#libs/processing/application/projection';
import { ordinalOf } from '../../../domain/ordinal.js';
import { reviewOf } from '../../../domain/review-of-stream.js';
import { summarise } from '../../../domain/summarise.js';
import { auditTrailTable, type AuditTrailRow } from './audit-trail.table.js';

/** Every event of the log as one line, none left out, of whichever room and whatever it carries. */
export const auditTrail = appendOnly<Recorded, AuditTrailRow>({
  table: auditTrailTable,
  rows: (event) => [auditLine(event)],
});

export const auditLine = (event: Recorded): AuditTrailRow => ({
  workspace_id: event.workspaceId,
  ordinal: ordinalOf(event.position),
  recorded_at: event.recordedAt,
  stream: event.streamId,
  revision: String(event.revision),
  event_id: event.id,
  type: event.type,
  actor_id: event.actor.id,
  on_behalf_of: event.actor.onBehalfOf ?? null,
  correlation_id: event.correlationId,
  review_id: reviewOf(event.streamId),
  summary: summarise(event),
});
