import type { TableSpec } from '#libs/processing/application/projection';

/** One recorded event as one readable line. */
export interface AuditTrailRow {
  readonly workspace_id: string;
  /** The event's position, filled up so that text order is log order. */
  readonly ordinal: string;
  readonly recorded_at: string;
  readonly stream: string;
  readonly revision: string;
  readonly event_id: string;
  readonly type: string;
  readonly actor_id: string;
  readonly on_behalf_of: string | null;
  readonly correlation_id: string;
  /** The review that the event belongs to; null for events of other rooms. */
  readonly review_id: string | null;
  readonly summary: string;
}

export const auditTrailTable: TableSpec<AuditTrailRow> = {
  name: 'audit_trail',
  columns: {
    workspace_id: 'text',
    ordinal: 'text',
    recorded_at: 'timestamptz',
    stream: 'text',
    revision: 'bigint',
    event_id: 'text',
    type: 'text',
    actor_id: 'text',
    on_behalf_of: 'text null',
    correlation_id: 'text',
    review_id: 'text null',
    summary: 'text',
  },
  primaryKey: ['workspace_id', 'ordinal'],
  indexes: [
    '(workspace_id, stream, ordinal)',
    '(workspace_id, actor_id, ordinal)',
    '(workspace_id, type, ordinal)',
    '(workspace_id, correlation_id)',
    // Events are recorded nearly in the order of their times: a block range index costs nothing and finds a day at once.
    'USING brin (recorded_at)',
  ],
};
