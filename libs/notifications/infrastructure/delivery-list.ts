import type { Pool } from 'pg';
import { cursorAfter, pageOf, readCursor, type Page } from '#libs/kernel/application/page';
import type { JsonObject } from '#libs/kernel/domain/json';
import type {
  AttemptLine,
  DeliveriesOf,
  DeliveriesRequest,
  DeliveryDetail,
  DeliveryLine,
  DeliveryState,
} from '../application/deliveries.js';

interface Row {
  readonly id: string;
  readonly seq: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly due_at: Date;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
}

const COLUMNS =
  'id, seq, event_id, event_type, state, attempts, due_at, created_at, finished_at, last_status, last_error';
const CURSOR = 'deliveries';
const aNumber = (text: string) => /^\d{1,18}$/.test(text);

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether PostgreSQL would take it for the id of a delivery. */
export const isDeliveryId = (text: string): boolean => UUID.test(text);

export const LIST = `
  SELECT ${COLUMNS} FROM notifications.deliveries
   WHERE target = $1 AND workspace_id = $2 AND channel = $3 AND ($4::bigint IS NULL OR seq < $4)
     AND ($5::text[] IS NULL OR state = ANY ($5))
   ORDER BY seq DESC LIMIT $6`;

/** What people see of the messages of a receiver, newest first. */
export async function listDeliveries(
  pool: Pool,
  { workspaceId, channel, target, states, limit, cursor }: DeliveriesRequest,
): Promise<Page<DeliveryLine>> {
  const [before] = readCursor(CURSOR, cursor, [aNumber]) ?? [];
  const { rows } = await pool.query<Row>(LIST, [
    target,
    workspaceId,
    channel,
    before ?? null,
    states ?? null,
    limit + 1,
  ]);
  return pageOf(rows, limit, lineOf, ({ seq }) => cursorAfter(CURSOR, [seq]));
}

/** One message with its attempts, newest first; undefined when the receiver has no such. */
export async function findDelivery(
  pool: Pool,
  { workspaceId, channel, target }: DeliveriesOf,
  id: string,
): Promise<DeliveryDetail | undefined> {
  if (!isDeliveryId(id)) return undefined;
  const { rows } = await pool.query<Row & { payload: JsonObject }>(
    `SELECT ${COLUMNS}, payload FROM notifications.deliveries
        WHERE id = $1 AND target = $2 AND workspace_id = $3 AND channel = $4`,
    [id, target, workspaceId, channel],
  );
  const [row] = rows;
  if (!row) return undefined;
  return { ...lineOf(row), payload: row.payload, log: await attemptsOf(pool, id) };
}

async function attemptsOf(pool: Pool, id: string): Promise<AttemptLine[]> {
  const { rows } = await pool.query<{
    attempt: number;
    began_at: Date;
    ms: number;
    outcome: string;
    status: number | null;
    error: string | null;
  }>(
    `SELECT attempt, began_at, ms, outcome, status, error FROM notifications.attempts
        WHERE delivery_id = $1 ORDER BY attempt DESC LIMIT 100`,
    [id],
  );
  return rows.map(({ attempt, began_at, ms, outcome, status, error }) => ({
    attempt,
    beganAt: began_at.toISOString(),
    milliseconds: ms,
    outcome,
    status,
    error,
  }));
}

const lineOf = (row: Row): DeliveryLine => ({
  id: row.id,
  eventId: row.event_id,
  eventType: row.event_type,
  state: row.state,
  attempts: row.attempts,
  nextAttemptAt: row.state === 'waiting' ? row.due_at.toISOString() : null,
  createdAt: row.created_at.toISOString(),
  finishedAt: row.finished_at?.toISOString() ?? null,
  lastStatus: row.last_status,
  lastError: row.last_error,
});
