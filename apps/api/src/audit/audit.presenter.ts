import type { AuditFilters } from '#libs/audit/infrastructure/read-models/audit-trail/audit-trail.query';
import { listed } from '../http/dto.js';
import type { TrailQuery } from './audit.dto.js';

/** The query as the read model takes it: several values of a filter apart. */
export function trailFiltersOf(query: TrailQuery): AuditFilters & Pick<TrailQuery, 'limit' | 'cursor'> {
  const { limit, cursor, from, to, text } = query;
  return {
    limit,
    from,
    to,
    text,
    ...(cursor === undefined ? {} : { cursor }),
    actor: listed(query.actor),
    type: listed(query.type),
    stream: listed(query.stream),
    correlation: listed(query.correlation),
  };
}
