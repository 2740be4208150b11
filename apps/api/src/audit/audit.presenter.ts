import type { AuditFilters } from '#libs/audit/infrastructure/read-models/audit-trail/audit-trail.query';
import { closest } from '#libs/kernel/domain/closest';
import { listed } from '../http/dto.js';
import { invalidParameter } from '../http/validation.js';
import type { TrailQuery } from './audit.dto.js';

/**
 * The query as the read model takes it: several values of a filter apart.
 * @param types all event types there are
 * @throws InvalidParameter
 */
export function trailFiltersOf(
  query: TrailQuery,
  types: readonly string[],
): AuditFilters & Pick<TrailQuery, 'limit' | 'cursor'> {
  const { limit, cursor, from, to, text } = query;
  if (from !== undefined && to !== undefined && Date.parse(from) > Date.parse(to))
    throw invalidParameter('to', 'to must not be before from.');
  const unknown = listed(query.type)?.find((type) => !types.includes(type));
  if (unknown !== undefined) {
    const meant = closest(unknown, types);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw invalidParameter('type', `There is no event type ${unknown}.${hint}`);
  }
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
